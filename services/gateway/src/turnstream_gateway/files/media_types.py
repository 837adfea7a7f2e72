"""The media type that a client claims for a file, in the spelling that is used here."""

from turnstream.files.blobs import ENDINGS

_SAME = {
    "image/jpg": "image/jpeg",
    "text/x-markdown": "text/markdown",
    "text/json": "application/json",
}
_UNKNOWN = ("", "application/octet-stream")
"""What browsers send for files whose type they do not know: then the name's ending counts."""
_BY_ENDING = {ending: media_type for media_type, ending in ENDINGS.items()} | {"jpeg": "image/jpeg"}


def claimed_type(name: str, claimed: str) -> str:
    """The claimed type without its parameters; by the name's ending where none is claimed."""
    media_type = claimed.partition(";")[0].strip().lower()
    if media_type in _UNKNOWN:
        return _BY_ENDING.get(name.rpartition(".")[2].lower(), "")
    return _SAME.get(media_type, media_type)
