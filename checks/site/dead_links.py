"""Links of the built site that lead nowhere, from one language to the other too.

MkDocs looks at the links of one build while it makes it. This reads what has come of both.
"""

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LINK = re.compile(r'\b(?:href|src|srcset)="([^"]*)"')
_ID = re.compile(r'\bid="([^"]*)"')
_MADE_BY_SCRIPTS = "__"
"""How the theme's own fragments begin."""


def dead_links(site: Path) -> Iterator[str]:
    """Each as `page: link`."""
    site = site.resolve()
    for page in sorted(site.rglob("*.html")):
        if page.name == "404.html":  # its links are absolute: it is shown at any address
            continue
        for link in sorted(_links(page)):
            if not _leads_somewhere(site, page, link):
                yield f"{page.relative_to(site)}: {link}"


def _links(page: Path) -> set[str]:
    found = {html.unescape(each) for each in _LINK.findall(page.read_text())}
    return {each for each in found if not urlsplit(each).scheme}


def _leads_somewhere(site: Path, page: Path, link: str) -> bool:
    parts = urlsplit(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file() or not target.is_relative_to(site):
        return False
    fragment = unquote(parts.fragment)
    return not fragment or fragment.startswith(_MADE_BY_SCRIPTS) or fragment in _ids(target)


@cache
def _ids(page: Path) -> frozenset[str]:
    return frozenset(html.unescape(each) for each in _ID.findall(page.read_text()))
