"""File names that strangers chose: made fit to show, and never used to find a file."""

import unicodedata
from pathlib import PurePosixPath

LIMIT = 120
"""Characters of a name: enough to recognize a file, and short enough to show in a composer."""
NAMELESS = "file"


def clean_name(name: str) -> str:
    """The last part of a path, without invisible characters, and not longer than `LIMIT`."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Categories C…: controls, and the marks that turn the direction of writing (gpj.exe).
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LIMIT:
        ending = PurePosixPath(seen).suffix[:10]
        seen = seen[: LIMIT - len(ending) - 1].rstrip(". ") + "…" + ending
    return seen or NAMELESS
