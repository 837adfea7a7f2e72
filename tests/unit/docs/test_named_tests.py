"""A file of tests that a page, a command or another test names is there."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.pages import PAGES, ROOT

_FILE = re.compile(r"\btests/[a-z0-9_]+/[a-z0-9_/]+\.py\b")
"""With a folder: `tests/test_….py` is of somebody's own project."""


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in ("Makefile", "pyproject.toml", "CONTRIBUTING.md"))
    yield from PAGES
    for folder in ("tests", "checks", ".github", ".ci"):
        files = (each for each in (ROOT / folder).rglob("*") if each.is_file())
        yield from (each for each in files if each.suffix in ("", ".py", ".yml"))


def test_every_file_of_tests_that_is_named_is_there() -> None:
    """A suite that runs seldom would else name one that was moved."""
    named = {found for source in _sources() for found in _FILE.findall(source.read_text())}
    assert len(named) > 50
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
