"""The pages of the documentation, taken apart: prose, and blocks of code with what stands above."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if DECISIONS not in page.parents]
"""What the site shows."""
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"<!-- not checked: (.+?) -->\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    page: str
    line: int
    language: str
    code: str
    unchecked: str
    """Why nothing checks it; empty where something does."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name(page: Path) -> str:
    """The page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """A page's text without its code blocks."""
    return _FENCE.sub("", text)


def words(text: str) -> int:
    """The words of a page's prose and tables. Two Chinese characters count as one word."""
    text = re.sub(r"\]\([^)]*\)|<!--.*?-->", " ", prose(text), flags=re.DOTALL)
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    others = re.sub(r"[\u3400-\u9fff]", " ", text).split()
    return chinese // 2 + sum(bool(re.search(r"\w", each)) for each in others)


def blocks(page: Path) -> Iterator[Block]:
    """Every block of code of a page."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        mark = _MARK.search(text[: found.start()])
        code = re.sub(rf"^{found['indent']}", "", found["code"], flags=re.MULTILINE)
        line = text.count("\n", 0, found.start()) + 1
        yield Block(name(page), line, found["language"], code, mark[1] if mark else "")
