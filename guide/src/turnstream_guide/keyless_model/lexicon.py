"""What the demo model knows of language: the words of two files beside this one."""

from collections.abc import Iterator
from pathlib import Path


def _lines(name: str) -> Iterator[str]:
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


MEANINGS = tuple(frozenset(line.split()) for line in _lines("lexicon.txt"))
"""The words of each meaning."""
GENERIC = frozenset(" ".join(_lines("generic_words.txt")).split())
"""Words that speak for no tool."""
