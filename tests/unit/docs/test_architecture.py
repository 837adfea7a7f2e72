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


def test_a_word_of_the_house_has_one_row() -> None:
    """At most fifteen rows of terms: who reads the page once can keep them."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    words = text[text.index("## Words") : text.index("## The rooms")]
    rows = [line for line in words.splitlines() if line.startswith("| ")][1:]
    assert 10 < len(rows) <= 15
