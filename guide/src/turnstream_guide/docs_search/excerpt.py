"""The part of a section that answers a query, within a limit."""

from turnstream_guide.docs_search.guides import paragraphs, prose
from turnstream_guide.docs_search.words import words_of
from turnstream_guide.language.chinese import simplified
from turnstream_guide.language.phrasing import running_text


def excerpt(text: str, query: str, limit: int) -> str:
    """The part of a section that answers a query, as the model reads it: code and tables too.

    It begins with the first paragraph that has most of the query's words.
    """
    if len(text) <= limit:
        return text
    blocks, words = text.split("\n\n"), [word.removesuffix("*") for word in words_of(query)]

    def hits(index: int) -> int:
        plain = simplified(blocks[index]).lower()
        return sum(word in plain for word in words)

    best = max(range(len(blocks)), key=hits)
    return _cut("\n\n".join(blocks[best:]), limit)


def opening(text: str, limit: int) -> str:
    """How a section begins, as a person reads it: its first paragraphs of prose on one line."""
    return _cut(running_text(paragraphs(prose(text))), limit)


def _cut(text: str, limit: int) -> str:
    """The beginning, at most `limit` characters, ended after a sentence if one ends in the
    second half.
    """
    if len(text) <= limit:
        return text
    text = text[: limit - 1]
    end = max(text.rfind(mark) for mark in (". ", "。", "！", "？", ".\n"))
    return text[: end + 1] if end >= limit // 2 else f"{text.rstrip()}…"
