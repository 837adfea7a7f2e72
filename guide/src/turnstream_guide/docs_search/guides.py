"""The project's own guides, as Markdown files in a directory, taken apart into sections.

`<directory>/*.md` is English; a folder named after a locale (`zh-TW/`) holds translations under
the same file names. `README.md` lists the guides and is none of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from turnstream.i18n import LOCALES

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Section:
    """A heading of a guide and what stands below it, up to the next heading."""

    file: str
    """Path below the directory: `zh-TW/attachments.md`."""
    locale: str
    path: tuple[str, ...]
    """The headings above it, the guide's title first, and its own last."""
    anchor: str
    """The anchor as GitHub makes it: `file#anchor` is a link."""
    text: str

    @property
    def title(self) -> str:
        """Its own heading."""
        return self.path[-1]


@dataclass(frozen=True)
class Guide:
    """One guide in one language. The first section has the guide's title and its introduction."""

    name: str
    """The same in every language: the file name without `.md`."""
    locale: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """What the guide is called."""
        return self.sections[0].title


def read_guides(directory: Path) -> list[Guide]:
    """Every guide in a directory, in the order of languages and names; none where there is none."""
    guides = []
    for locale in LOCALES:
        for file in sorted((directory if locale == "en" else directory / locale).glob("*.md")):
            path = file.relative_to(directory).as_posix()
            sections = tuple(_sections(file.read_text(), path, locale))
            if sections and file.stem != "README":
                guides.append(Guide(file.stem, locale, sections))
    return guides


def prose(text: str) -> str:
    """Markdown without its code blocks, tables, quotes and links: paragraphs as they are read."""
    lines = [line for line, code in _lines(text) if not code and not line.startswith(("|", ">"))]
    return _LINK.sub(r"\1", "\n".join(lines)).replace("**", "").strip()


def paragraphs(text: str) -> list[str]:
    """Parts between blank lines, each on one line."""
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [part for part in parts if part]


def _sections(text: str, file: str, locale: str) -> Iterator[Section]:
    path: list[str] = []
    body: list[str] = []
    anchors: Counter[str] = Counter()
    anchor = ""

    def ended() -> Iterator[Section]:
        content = "\n".join(body).strip()
        # The title leads to the guide; any other section that only links elsewhere says nothing.
        if path and (len(path) == 1 or re.search(r"\w", _LINK.sub("", content))):
            yield Section(file, locale, tuple(path), anchor, content)
        body.clear()

    for line, code in _lines(text):
        heading = None if code else _HEADING.fullmatch(line)
        if heading is None:
            body.append(line)
            continue
        yield from ended()
        title = heading[2].replace("`", "")
        path[len(heading[1]) - 1 :] = [title]
        anchor = _anchor(title)
        anchors[anchor] += 1
        anchor += f"-{anchors[anchor] - 1}" if anchors[anchor] > 1 else ""
    yield from ended()


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a code block."""
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        yield line, bool(fence or mark)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
