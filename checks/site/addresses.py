"""Where a page of the documentation stands in the repository, and where on the site.

English pages are `docs/**.md` and have their path as their address. A translation stands in
`docs/guides/zh-TW/` or ends in `.zh-TW.md`, and has the address of its English page below `zh-TW/`.
"""

import posixpath
from typing import Final

CHINESE: Final = "zh-TW"
_FOLDER, _SUFFIX = f"guides/{CHINESE}/", f".{CHINESE}.md"


def is_chinese(source: str) -> bool:
    """Whether a page, by its path in `docs/`, is a translation."""
    return source.startswith(_FOLDER) or source.endswith(_SUFFIX)


def english_of(source: str) -> str:
    """The path of the English page that a translation is of."""
    if source.startswith(_FOLDER):
        return "guides/" + source.removeprefix(_FOLDER)
    return source.replace(_SUFFIX, ".md")


def chinese_of(source: str) -> str:
    """The path under which the translation of an English page would stand."""
    folder, name = posixpath.split(source)
    if folder == "guides":
        return _FOLDER + name
    return source.removesuffix(".md") + _SUFFIX


def address(source: str) -> str:
    """The page's address below the root of the site: `guides/wire/`, `zh-TW/guides/wire/`."""
    english = english_of(source)
    folder, name = posixpath.split(english.removesuffix(".md"))
    own = folder if name in ("index", "README") else posixpath.join(folder, name)
    return posixpath.join(CHINESE if is_chinese(source) else "", own, "").lstrip("/")


def relative(target: str, page: str) -> str:
    """The address of `target` as a link on `page`, both by their addresses."""
    link = posixpath.relpath("/" + target, "/" + page)
    return link + "/" if target.endswith("/") or not target else link
