"""The encoding of a text file: by its byte order mark, by its bytes, else by its characters.

Detectors that count byte pairs need a page of text. An exported table may have twenty characters.
So each candidate encoding is scored: common characters add to the score, unlikely ones subtract.
docs/decisions/071 compares it with libraries.
"""

import codecs
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 16 * 1024
"""Bytes that are judged."""
_LIKELY = 0.5
"""The average of a text of everyday characters is 1 and more, that of a wrong guess below 0."""
_CLEARLY = 0.3
"""The advantage of a text that has letters where the other reading has symbols within words."""
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b")
"""Bytes that no text has, in any encoding but UTF-16 and UTF-32."""


def encoding_of(content: bytes) -> str | None:
    """The encoding of a text, by its first bytes or all of them; None for what is no text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:_SAMPLE]
    if 0 in sample:
        return _without_mark(sample)
    if _decodes(sample, "utf-8"):
        return "utf-8"
    if _CONTROLS.intersection(sample):
        return None
    score, best = max((_judge(sample, each), each.encoding) for each in _CANDIDATES)
    if score > _LIKELY:
        return best
    gained = _judge(sample, _CENTRAL_EUROPEAN) - _judge(sample, _WESTERN)
    return (_CENTRAL_EUROPEAN if gained > _CLEARLY else _WESTERN).encoding


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of its ASCII characters is 0."""
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[first::2].count(0), sample[1 - first :: 2].count(0)
        if zeros > len(sample) // 8 and not others and _decodes(sample, encoding):
            return encoding
    return None


def _decodes(sample: bytes, encoding: str) -> bool:
    """Whether the sample is of this encoding; its last character may be cut off."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return not any(ord(character) in _CONTROLS for character in text)


class _Candidate(NamedTuple):
    """An encoding, and how its characters are judged."""

    encoding: str
    judge: Callable[[str], float]
    frequent: str
    """The characters that make up a fifth of a text in its language."""


def _judge(sample: bytes, candidate: _Candidate) -> float:
    """The average of the characters beyond ASCII."""
    try:
        text = codecs.getincrementaldecoder(candidate.encoding)().decode(sample)
    except UnicodeDecodeError:
        return -2.0
    strange = [character for character in text if not character.isascii()]
    score = sum(candidate.judge(each) + 2 * (each in candidate.frequent) for each in strange)
    if candidate.judge is _western:
        score -= 2 * _symbols_in_words(text)
    if candidate.judge is _cyrillic:
        score -= 2 * _two_scripts_in_words(text)
    return score / max(len(strange), 1)


def _in_rows(encoding: str, first: int, last: int) -> Callable[[str], float]:
    """Judges by the first byte in a standard that lists everyday characters first."""

    def judge(character: str) -> float:
        if unicodedata.category(character)[0] in "PSZ" or 0xFF00 < ord(character) < 0xFF5F:
            return 0.5  # 「，」 is where each of them has it
        try:
            row = character.encode(encoding)[0]
        except UnicodeEncodeError:
            return -1.0
        return 1.0 if first <= row <= last else -1.0

    return judge


def _japanese(character: str) -> float:
    if "\u3041" <= character <= "\u30fe":
        return 1.5
    if "\uff61" <= character <= "\uff9f":  # of half width, as other encodings look here
        return -1.0
    return _KANJI(character)


def _western(character: str) -> float:
    return 0.1 if character.isalpha() or character in "“”„‘’–—…€«»" else 0.0


def _cyrillic(character: str) -> float:
    return 0.6 if "\u0410" <= character <= "\u044f" or character in "ёЁіїєґ№" else -0.5


def _symbols_in_words(text: str) -> int:
    """How many letters of another language look like symbols here: za¿ó³æ for zażółć."""
    trios = zip(text, text[1:], text[2:], strict=False)
    return sum(
        not b.isascii() and not b.isalpha() and b not in "’‘–—" and a.isalpha() and c.isalpha()
        for a, b, c in trios
    )


def _two_scripts_in_words(text: str) -> int:
    """How often a Latin letter stands beside one of another script, as in a misread `café`."""
    pairs = pairwise(text)
    return sum(a.isascii() != b.isascii() and a.isalpha() and b.isalpha() for a, b in pairs)


_KANJI = _in_rows("euc_jp", 0xB0, 0xCF)
_CANDIDATES = (
    _Candidate(
        "gb18030",
        _in_rows("gb2312", 0xB0, 0xD7),
        "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后",
    ),
    _Candidate(
        "big5",
        _in_rows("big5", 0xA4, 0xC6),
        "的一是不了在人有我他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後",
    ),
    _Candidate("cp932", _japanese, "のにはをたがでとしれさ"),
    _Candidate("euc_jp", _japanese, "のにはをたがでとしれさ"),
    _Candidate("cp949", _in_rows("euc_kr", 0xB0, 0xC8), "이다는의에을가한지고하로도기사를나은서"),
    _Candidate("cp1251", _cyrillic, "оеаинтсрвл"),
)
_WESTERN = _Candidate("cp1252", _western, "")
_CENTRAL_EUROPEAN = _Candidate("cp1250", _western, "")
