"""Which words a text has, for a full-text index that splits at spaces.

Chinese has no spaces: a run of characters becomes its pairs, so that words of two characters are
found wherever they stand. Traditional and simplified characters, and the words that Taiwan and
the mainland use for the same thing, count as one.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from turnstream_guide.language.chinese import converter, simplified

LONGEST_QUERY = 300
"""Characters of a query that are read: more than any question has."""
MOST_WORDS = 40

_HAN = re.compile(r"[\u3400-\u9fff]")
_RUNS = re.compile(r"(?P<han>[\u3400-\u9fff]+)|[^\W\u3400-\u9fff]+")
_STOP_WORD = re.compile(
    r"a|about|an|and|are|as|at|be|by|can|chatkit|could|do|does|for|from|have|how|i|in|into|is|it|its"
    r"|me|my|not|of|on|or|should|show|so|tell|that|the|their|them|there|they|this|to"
    r"|turnstream|use|used|using|was|we|what|when|where|which|who|why|will|with|work|works"
    r"|would|you|your"
)
"""Words of questions. The project's own name is in every guide."""
_ASKING = re.compile(
    r"怎么样?|如何|为什么|是什么|什么是?|哪[里个些]|是否|可以|进行|请问|告诉我|我|你|的|吗|呢"
)


def indexed(text: str) -> str:
    """The words of a text with spaces between, as the index takes them."""
    words: list[str] = []
    for match in _RUNS.finditer(simplified(text)):
        run = match[0]
        # The last character also stands alone: with the pairs, every one then begins some word.
        words += [*_pairs(run), run[-1]] if match["han"] else [run]
    return " ".join(words)


def words_of(query: str) -> list[str]:
    """The words to look for, without those of any question. Ends with `*`: begins a word."""
    text = query[:LONGEST_QUERY].lower()
    words: dict[str, None] = {}
    single: dict[str, None] = {}
    # Where a word is another one in Taiwan and on the mainland, both are meant.
    for variant in (converter("t2s").convert(text), simplified(text)):
        for match in _RUNS.finditer(_ASKING.sub(" ", variant)):
            run = match[0]
            if match["han"]:
                words |= dict.fromkeys(_pairs(run))
                single |= {f"{run}*": None} if len(run) == 1 else {}
            elif not _STOP_WORD.fullmatch(run):
                words[run] = None
    return list(words or single)[:MOST_WORDS]


def match_expression(words: Iterable[str]) -> str:
    """The FTS5 expression that finds any of these words.

    They come from an untrusted query. They are letters, digits and underscores and stand in
    quotes, so nothing of FTS5's own syntax gets through.
    """
    quoted = (f'"{word.removesuffix("*")}"{"*" if word.endswith("*") else ""}' for word in words)
    return " OR ".join(quoted)


def reader_locale(query: str, locale: str) -> str:
    """The language to answer in: the query's where it is Chinese and `locale` is not."""
    if locale.startswith("zh") or not _HAN.search(query):
        return locale
    return "zh-CN" if converter("s2t").convert(query) != query else "zh-TW"


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]
