"""File names of strangers: good enough to show, and never used to find anything."""

import unicodedata
from pathlib import PurePosixPath

LIMIT = 120
"""Characters of a name: enough to know a file by, short enough for a chip in a composer."""
NAMELESS = "file"


def clean_name(name: str) -> str:
    """The last part of a path, without characters that can't be seen, and not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Categories C…: controls, and the marks that turn the direction of writing (gpj.exe).
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LIMIT:
        ending = PurePosixPath(seen).suffix[:10]
        seen = seen[: LIMIT - len(ending) - 1].rstrip(". ") + "…" + ending
    return seen or NAMELESS
