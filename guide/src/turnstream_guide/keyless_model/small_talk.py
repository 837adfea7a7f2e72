"""What people say before they say what they want: greetings, thanks, and "what can you do?"."""

import re
from enum import Enum, auto


class SmallTalk(Enum):
    """What a sentence of small talk is."""

    GREETING = auto()
    ABILITIES = auto()
    THANKS = auto()


_LONGEST = 120
_GREETING = re.compile(
    r"^(?:hi|hiya|hello|hey|heya|howdy|yo|greetings|welcome|good (?:morning|afternoon|evening|day)"
    r"|how are you|how do you do|what'?s up|nice to meet you|hallo|hola|bonjour|salut|ciao"
    r"|anyone (?:there|here)|are you there|test|testing|ping)\b"
    r"|^(?:你好|您好|大家好|嗨|哈囉|哈啰|哈喽|哈嘍|早安|早上好|早|午安|下午好|晚上好|晚安|嘿|喂|在吗|在嗎|有人吗|有人嗎|初次见面|初次見面)",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"\b(?:hi|hello|hey|there|you|all|everyone|everybody|friend|guide|bot|chat|turnstream"
    r"|again|to|is|this|on"
    r"|how|are|do|doing|going|it'?s?|today|good|morning|evening|afternoon|day|nice|meet|up"
    r"|what'?s|and|me|my"
    r"|anyone|here|testing|test|ping)\b"
    r"|[吗嗎呢啊呀吧在你您好嗨早安上下午晚有人大家朋友最近怎么麼样樣]|[\W_]+",
    re.IGNORECASE,
)
_ABILITIES = re.compile(
    r"\bwhat (?:else )?(?:can|could|do|are|would) (?:you|i|we|this|it) (?:able to |possible to )?"
    r"(?:do|offer|show|help|ask|try|say|know|good|capable|provide|support|have|see|for|here)\b"
    r"|\bwhat (?:are|is) (?:you|this|it)\b(?! \w+ing)|\bwho (?:are you|am i talking|is this)\b"
    r"|\b(?:which|what) (?:\w+ )?(?:features?|tools?|abilities|functions?|commands?"
    r"|capabilities|options|demos?"
    r"|demonstrations?|examples?|skills?)\b"
    r"|\b(?:your|the) (?:features|abilities|capabilities|skills|commands)\b"
    r"|\bhow (?:does|do) (?:this|it|you|i use|i start)\b|\bhow can (?:you|i)\b|\bwhat now\b"
    r"|\bwhat(?:'s| is) possible\b"
    r"|\b(?:show|give|tell) me (?:what you|everything|all|an example|some examples|examples"
    r"|a demo|around)\b"
    r"|^\W*(?:please )?(?:help|menu|commands|start|info|about|options|instructions|examples?"
    r"|demo|tour)(?: me| please)?\W*$"
    r"|\bi(?:'m| am) (?:lost|new here|confused)\b|\bget(?:ting)? started\b|\bintroduce yourself\b"
    r"|(?:你|您)?(?:会|會|能|可以|还能|還能)(?:帮|幫|为|為)?(?:我|我们|我們)?(?:做|干|幹)?(?:什么|什麼|些什么|些什麼|哪些|啥)"
    r"|我(?:能|可以)(?:问|問|说|說|跟你)"
    r"|(?:有|提供)(?:什么|什麼|哪些|啥)(?:功能|工具|本事|能力|用|示范|示範|演示|例子)"
    r"|(?:这|這)是(?:什么|什麼|哪里|哪裡)|(?:你|您)是(?:谁|誰|什么|什麼|哪位)|怎[么麼](?:用|使用|玩|开始|開始)(?:你|您|这个|這個"
    r"|它)?[?？。!！]?$"
    r"|介绍(?:一下)?(?:你|自己)|介紹(?:一下)?(?:你|自己)|^(?:帮助|幫助|说明|說明|功能|菜单|選單|例子|救命|教学|教學)[?？。!！]?$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^\W*(?:thanks?|thank you|thx|ty|cheers|great|perfect|awesome|wonderful|cool|nice"
    r"|ok(?:ay)?|bye|goodbye"
    r"|see you|good ?night)\b[^?]{0,30}$"
    r"|^(?:谢谢|謝謝|多谢|多謝|感谢|感謝|再见|再見|拜拜|好的|太好了|太棒了|很好)",
    re.IGNORECASE,
)


def small_talk(said: str) -> SmallTalk | None:
    """What kind of small talk a sentence is; None when it wants something."""
    text = " ".join(said.split())
    if not text or len(text) > _LONGEST:
        return None
    if _ABILITIES.search(text):
        return SmallTalk.ABILITIES
    greeting = _GREETING.search(text)
    if greeting and not _PLEASANTRY.sub("", text[greeting.end() :]):
        return SmallTalk.GREETING
    return SmallTalk.THANKS if _THANKS.search(text) else None


def without_greeting(said: str) -> str:
    """The rest of a sentence that begins with a greeting: `hello, draw a chart`."""
    greeting = _GREETING.match(said.strip())
    rest = said.strip()[greeting.end() :] if greeting else said
    return rest.lstrip(" ,.!，。！、") or said
