"""Ranks the tools of a request by what a sentence means. Pure, and small enough for every request.

Words become meanings: English ones by their stem, Chinese ones by the longest word that the lexicon
knows, both scripts alike. A tool has the meanings of its name, its sentences, its description and
its parameters. A meaning that few tools have says more than one that many have.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from turnstream_guide.keyless_model.lexicon import GENERIC, MEANINGS
from turnstream_guide.keyless_model.request import Offer
from turnstream_guide.language.chinese import converter, simplified

LONGEST = 300
"""Characters of a sentence that are read."""
CERTAIN = 1.25
"""How much better than the next one a tool must be to be called without asking."""
_SHARE = 1 / 3
"""The part of a sentence's words that must speak for the tool."""
_SHARE_OF_DESCRIPTION = 2 / 3
"""The same where only the description of the tool has them."""
_NEVER = 2.0
_LEAST = 1.0
"""The least score of a tool that is called."""

_FIRST, _NAME, _ABOUT, _HINT, _DESCRIPTION, _PARAMETERS = 1.4, 1.0, 1.0, 0.8, 0.6, 0.4
"""Weights of the places where a word may stand."""
_SEVERAL = 3
"""As many numbers in a sentence are data."""
_NUMBERS = re.compile(r"\d+")
_GIVEN = re.compile(r"[\"“「『][^\"”」』]{1,200}[\"”」』]|\b[A-Za-z]{1,6}-?\d[\w-]*")
"""What is an argument and says nothing of the tool: quoted words, and codes such as `A-1042`."""
CODE = re.compile(r"\b[A-Z]{1,6}-?\d[\w-]*|#\d")
_CODE = "a code"
"""What a code in a sentence means: the tool has an argument for one."""
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,120}")
_ONE_WORD = (
    ("to-do", "todo"),
    ("to do list", "todo list"),
    ("e-mail", "email"),
    ("visiting card", "business card"),
    ("find out", "research"),
    ("long-running", "long"),
    ("look up", "search"),
    ("money back", "refund"),
)
_RUNS = re.compile(r"(?P<han>[\u3400-\u9fff]+)|[a-z]+(?:'[a-z]+)?")
_IDENTIFIER = re.compile(
    r"(?:^|_)(?:id|number|no|code|key|ref|reference|sku|serial)(?:$|_)", re.IGNORECASE
)
_IDENTIFIED = re.compile(
    r"\b(?:number|code|identifier|reference|id)\b|編號|编号|號碼|号码|代碼|代码", re.IGNORECASE
)
_LONGEST_WORD = 5
_CHINESE_GENERIC = re.compile(
    r"一下|一個|一个|一些|什么|怎么|如何|可以|能不能|能|請|请|幫我|帮我|給我|给我|讓我|让我|我想要|我想|我要|我|你|您|的|了|吗|嗎|呢|吧|啊"
    r"|示范|演示|展示|显示|看看|看|示例|范例|运行|执行|跑|做|来|今天|明天|现在|这个|那个|点|个|是|在|有|把|到|和|或|很|最|都|也|就|去|帮|幫|給|给"
    r"|替|為|为|寫|写"
)


@dataclass(frozen=True)
class Match:
    """A tool that may be meant."""

    tool: str
    score: float
    share: float
    """The part of the sentence's words that speak for it, from 0 to 1."""
    least_share: float
    """The share from which on this is a match worth calling: a tool of an app has no words but its
    description, and one with sentences of its own is not called by a word of its description."""


def ranked(said: str, offers: Mapping[str, Offer]) -> list[Match]:
    """The tools that a sentence may mean, the likeliest first."""
    wanted = words(_GIVEN.sub(" ", said))
    if CODE.search(said):
        wanted = (*wanted, frozenset({_CODE}))
    documents = {name: _document(name, offer) for name, offer in offers.items()}
    common = Counter(meaning for document in documents.values() for meaning in document)
    worth = {each: math.log(1 + len(documents) / count) for each, count in common.items()}
    matches = []
    for name, document in documents.items():
        scores = [
            max((document[each] * worth[each] for each in word if each in document), default=0.0)
            for word in wanted
        ]
        if any(scores):
            share = sum(score > 0 for score in scores) / len(wanted)
            named = any(document.get(each, 0) >= _NAME for word in wanted for each in word)
            least = _SHARE if named else _NEVER if offers[name].hint else _SHARE_OF_DESCRIPTION
            matches.append(Match(name, sum(scores), share, least))
    return sorted(matches, key=lambda each: -each.score)


def certain(matches: list[Match]) -> bool:
    """True when the first match may be called without asking."""
    if not matches or matches[0].score < _LEAST:
        return False
    if matches[0].share < matches[0].least_share:
        return False
    return len(matches) == 1 or matches[0].score >= CERTAIN * matches[1].score


@lru_cache(maxsize=512)
def words(text: str) -> tuple[frozenset[str], ...]:
    """The words of a text, each as what it may mean. One that the lexicon does not know means
    itself; of Chinese that it does not know, pairs of characters stand for a word.
    """
    plain = _ADDRESS.sub(" email ", simplified(text[:LONGEST].lower()))
    for words_of_one, one in _ONE_WORD:
        plain = plain.replace(words_of_one, one)
    found: dict[frozenset[str], None] = {}
    for run in _RUNS.finditer(plain):
        if run["han"]:
            found |= dict.fromkeys(_of_chinese(run[0]))
        elif run[0] not in GENERIC:
            stem = _stem(run[0])
            found[_lexicon().get(stem, frozenset({stem}))] = None
    if len(_NUMBERS.findall(plain)) >= _SEVERAL:
        found[_lexicon()["number"]] = None
    return tuple(found)


def meanings(text: str) -> frozenset[str]:
    """Everything that the words of a text may mean."""
    return frozenset().union(*words(text))


def unknown_chinese(text: str) -> list[str]:
    """Runs of Chinese that the lexicon does not know: names of places and things."""
    plain = str(converter("t2s").convert(text[:LONGEST]))
    if len(plain) != len(text[:LONGEST]):
        return []
    found = []
    for run in _RUNS.finditer(plain):
        if run["han"]:
            for start, end in _unknown(run[0]):
                found.append(text[run.start() + start : run.start() + end])
    return found


def _document(name: str, offer: Offer) -> dict[str, float]:
    """The meanings of a tool, each with the weight of the place where it stands."""
    parameters = offer.schema.get("properties", {})
    texts = [
        (_PARAMETERS, " ".join(_parameter_texts(parameters))),
        (_DESCRIPTION, offer.description),
        (_HINT, offer.hint),
        (_ABOUT, offer.about),
        (_NAME, name.replace("_", " ").replace("-", " ")),
        (_FIRST, offer.about.partition(",")[0]),
    ]
    document = {each: weight for weight, text in texts for each in meanings(text)}
    takes_code = any(
        identifies(each, schema) for each, schema in parameters.items() if isinstance(schema, dict)
    )
    return document | ({_CODE: _NAME} if takes_code else {})


def identifies(name: str, schema: Mapping[str, object]) -> bool:
    """True for an argument that is a number, a code or an id of something."""
    described = str(schema.get("description", ""))
    return bool(_IDENTIFIER.search(name) or _IDENTIFIED.search(described))


def _parameter_texts(parameters: Mapping[str, object]) -> Iterable[str]:
    for name, schema in parameters.items():
        yield name.replace("_", " ")
        if isinstance(schema, Mapping):
            yield str(schema.get("description", ""))
            yield " ".join(str(value) for value in schema.get("enum", ()))


def _of_chinese(run: str) -> list[frozenset[str]]:
    """The longest words that the lexicon knows, and what is left between them."""
    found = [meaning for meaning, _, _ in _known(run)]
    for start, end in _unknown(run):
        part = run[start:end]
        pairs = {first + second for first, second in pairwise(part)}
        found.append(frozenset(pairs or {part}))
    return found


def _known(run: str) -> Iterator[tuple[frozenset[str], int, int]]:
    start = 0
    while start < len(run):
        for length in range(min(_LONGEST_WORD, len(run) - start), 0, -1):
            known = _lexicon().get(run[start : start + length])
            if known:
                yield known, start, start + length
                start += length
                break
        else:
            start += 1


def _unknown(run: str) -> Iterator[tuple[int, int]]:
    """Where parts of a run stand that are neither known nor generic."""
    masked = list(run)
    for _, start, end in _known(run):
        masked[start:end] = " " * (end - start)
    rest = _CHINESE_GENERIC.sub(lambda match: " " * len(match[0]), "".join(masked))
    for part in re.finditer(r"\S+", rest):
        yield part.span()


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    """Word or stem -> its meanings, each named by a number."""
    known: dict[str, set[str]] = {}
    for number, words in enumerate(MEANINGS):
        for word in words:
            plain = simplified(word)
            known.setdefault(_stem(plain), set()).add(f"#{number}")
    return {word: frozenset(numbers) for word, numbers in known.items()}


def _stem(word: str) -> str:
    """An English word without its commonest endings: the same for all forms of one word."""
    word = word.partition("'")[0]
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and not word.endswith("ss"):
            word = stem + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeioulsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
