"""File names that strangers chose: made fit to show, and never used to find a file."""

import unicodedata
from pathlib import PurePosixPath

from turnstream.contracts.text import REPLACEMENT

LIMIT = 120
"""Characters of a name: enough to recognize a file, and short enough to show in a composer."""
NAMELESS = "file"
_JOINERS = "\u200c\u200d"
"""They make one emoji of several, and words of Persian and Hindi. They turn nothing around."""


def clean_name(name: str) -> str:
    """The last part of a path, without invisible characters, and not longer than `LIMIT`."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Categories C…: controls, and the marks that turn the direction of writing (gpj.exe).
    seen = "".join(char for char in last if char in _JOINERS or _is_visible(char))
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LIMIT:
        ending = PurePosixPath(seen).suffix[:10]
        seen = seen[: LIMIT - len(ending) - 1].rstrip(". ") + "…" + ending
    return seen.strip(_JOINERS) or NAMELESS


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C" and char != REPLACEMENT
