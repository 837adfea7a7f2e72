"""ARCHITECTURE.md names files that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = [*ROOT.glob("services/*/src"), ROOT / "shared/src", ROOT / "guide/src"]


def test_every_file_that_the_architecture_names_is_there() -> None:
    """A path in code marks that begins with a package of ours leads to a file."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`(turnstream\w*/[\w./]+\.\w+)`", text))
    assert len(named) > 30
    assert [path for path in named if not any((each / path).is_file() for each in SOURCES)] == []


def terms() -> list[str]:
    """The terms of our own, as the table of words has them."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    words = text[text.index("## Words") : text.index("## The rooms")]
    rows = [line for line in words.splitlines() if line.startswith("| ")][1:]
    return [term.strip() for row in rows for term in row.split("|")[1].split(",")]


def test_the_house_has_few_words_of_its_own() -> None:
    """At most fifteen, each once: who reads the page once can keep them."""
    assert 10 < len(terms()) <= 15
    assert len(set(terms())) == len(terms())


def test_the_code_uses_every_word_of_the_house() -> None:
    """A term that no source has is left over from a renaming."""
    code = "\n".join(file.read_text() for source in SOURCES for file in source.rglob("*.py"))
    unused = [term for term in terms() if not re.search(rf"\b{term}s?\b", code, re.IGNORECASE)]
    assert unused == []
