"""Converts traditional to simplified Chinese. The guides are written in traditional Chinese."""

from functools import cache

from opencc import OpenCC

_OURS = {
    "身分": "身份",
    "对话串": "会话",
    "网域": "域名",
    "识别码": "标识符",
    "闸道": "网关",
    "用户端": "客户端",
    "预设": "默认",
    "签章": "签名",
    "连接端口": "端口",
    "正式环境": "生产环境",
    "布景主题": "主题",
    "在地化": "本地化",
    "小工具": "小组件",
    "助理": "助手",
    "自订": "自定义",
}
"""Words of the guides that OpenCC leaves as Taiwan says them; the catalogues say them so too."""


def simplified(text: str) -> str:
    """A text in simplified characters and in the words of the mainland."""
    converted = str(converter("tw2sp").convert(text))
    for ours, theirs in _OURS.items():
        converted = converted.replace(ours, theirs)
    return converted


@cache
def converter(name: str) -> OpenCC:
    """A converter by OpenCC's own name for it."""
    return OpenCC(name)


_BOTH = frozenset(
    "台后里面只干斗谷丑几才云松卷系制板表了游岳舍采范回向吁致志准冲周征于余佣借升刮别"
)
"""Characters that traditional texts have too, in words where they stand for themselves."""


def script(text: str) -> str | None:
    """`zh-CN` or `zh-TW`, by the characters that only one of the two scripts has.

    None where none of them has any, and for a text without Chinese. The script with more of them
    decides.
    """
    traditional = _differences(text, converter("t2s").convert(text))
    plain = _differences(text, converter("s2t").convert(text))
    if traditional == plain:
        return None
    return "zh-TW" if traditional > plain else "zh-CN"


def _differences(text: str, converted: str) -> int:
    pairs = zip(text, converted, strict=False)
    return sum(one != other and one not in _BOTH for one, other in pairs)
