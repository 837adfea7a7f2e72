"""The index: the sections of the guides in SQLite's full-text search, in memory.

Nothing is stored: it is built from the files at its first use.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from turnstream_guide.docs_search.guides import Section, read_guides
from turnstream_guide.docs_search.words import indexed, match_expression, words_of

_CANDIDATES = 50
_OWN_LANGUAGE = 2.0
"""A section in the reader's language counts more than an equal one in another language."""

_INTRODUCTION = 1.3
"""A short question about a subject is answered by the beginning of its guide."""

_CREATE = """
CREATE VIRTUAL TABLE sections
USING fts5(title, path, body, content='', tokenize='porter unicode61 remove_diacritics 2')
"""
_SEARCH = """
SELECT rowid, bm25(sections, 8.0, 3.0, 1.0) AS score
FROM sections WHERE sections MATCH ? ORDER BY score LIMIT ?
"""
"""A hit in the title weighs more than one in the headings above, and that more than in the text."""


@dataclass(frozen=True)
class FoundSection:
    """A section that answers a query, and its number in the index."""

    number: int
    section: Section


class DocsIndex:
    """Searches the sections it was made with. Safe to use from several threads."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        # Serialized by SQLite itself: the searches of concurrent calls share the connection.
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(_CREATE)
        rows = (
            (number, indexed(section.title), indexed(" ".join(section.path)), indexed(section.text))
            for number, section in enumerate(sections, start=1)
        )
        self._database.executemany(
            "INSERT INTO sections(rowid, title, path, body) VALUES (?, ?, ?, ?)", rows
        )

    @classmethod
    def of(cls, directory: Path) -> "DocsIndex":
        """The index of every guide in a directory; an empty one where there is none."""
        guides = read_guides(directory)
        return cls([section for guide in guides for section in guide.sections])

    def __len__(self) -> int:
        return len(self._sections)

    async def search(self, query: str, locale: str, limit: int) -> list[FoundSection]:
        """The best sections for a query of any text, best first, those in `locale` preferred."""
        return await asyncio.to_thread(self._search, query, locale, limit)

    def _search(self, query: str, locale: str, limit: int) -> list[FoundSection]:
        words = words_of(query)
        if not words:
            return []
        wanted = (match_expression(words), _CANDIDATES)
        rows = self._database.execute(_SEARCH, wanted).fetchall()
        language = locale[:2]

        def rank(row: tuple[int, float]) -> float:
            number, score = row  # the lower the better, and below zero
            section = self._sections[number - 1]
            own = _OWN_LANGUAGE if section.locale[:2] == language else 1
            return score * own * (_INTRODUCTION if len(section.path) == 1 else 1)

        best = sorted(rows, key=rank)[:limit]
        return [FoundSection(number, self._sections[number - 1]) for number, _ in best]
