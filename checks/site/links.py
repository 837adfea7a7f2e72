"""Links of Markdown pages that leave what one build of the site holds.

In the repository every link is relative and leads to a file. On the site a page of the other
language, or a file beside `docs/`, is at another address.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from checks.site.addresses import address, relative

DOCS = Path(__file__).parents[2] / "docs"
_LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)"
)
_FENCE = re.compile(r"\s*(```|~~~)")
ELSEWHERE = "https://other-build.invalid/"
"""Stands for the root of the site until MkDocs, which knows one build alone, has seen all links."""


def translated(markdown: str, source: str, held: Callable[[str], bool], repository: str) -> str:
    """A page with its links as the site needs them.

    `held` says of a path in `docs/` whether this build has it. Without a `repository` (the address
    of its files) a link to a file that is not on the site becomes its text.
    """

    def link(match: re.Match[str]) -> str:
        text, target, fragment = match[1], match[2], match[3] or ""
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(source), target))
        page = path.removeprefix("docs/")
        if path.startswith("docs/") and held(page):
            return match[0]
        if path.startswith("docs/") and page.endswith(".md") and is_public(page):
            return f"[{text}]({ELSEWHERE}{address(page)}{fragment})"
        return f"[{text}]({repository}/{path}{fragment})" if repository else text

    return "".join(part if code else _LINK.sub(link, part) for part, code in _pieces(markdown))


def at_home(html: str, source: str) -> str:
    """The page with links to the other build as relative ones."""
    here = address(source)
    return re.sub(
        rf'"{re.escape(ELSEWHERE)}([^"#]*)(#[^"]*)?"',
        lambda match: f'"{relative(match[1], here)}{match[2] or ""}"',
        html,
    )


def is_public(page: str) -> bool:
    """Whether a page is on the site in any language. Decisions stay in the repository."""
    return not page.startswith("decisions/") and (DOCS / page).is_file()


def _pieces(markdown: str) -> Iterator[tuple[str, bool]]:
    """Runs of prose and single lines of code blocks, and which of the two each is.

    A link may run over two lines, so prose is not taken line by line.
    """
    prose: list[str] = []
    fence = ""
    for line in markdown.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if not fence and not mark:
            prose.append(line)
            continue
        yield "".join(prose), False
        prose.clear()
        yield line, True
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
    yield "".join(prose), False
