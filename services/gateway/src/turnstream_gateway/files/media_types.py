"""The media type that a client claims for a file, in the spelling that is used here."""

from turnstream.files.blobs import ENDINGS

_SAME = {
    "image/jpg": "image/jpeg",
    "text/x-markdown": "text/markdown",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "text/json": "application/json",
    "application/x-pdf": "application/pdf",
    "application/csv": "text/csv",
    "application/x-csv": "text/csv",
    "text/x-csv": "text/csv",
    "text/comma-separated-values": "text/csv",
    "text/tab-separated-values": "text/csv",
}
_UNKNOWN = (
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-download",
    "application/force-download",
    "application/vnd.ms-excel",  # for a CSV, where Excel is installed
)
"""What browsers send for files whose type they do not know: then the name's ending counts."""
_BY_ENDING = {ending: media_type for media_type, ending in ENDINGS.items()} | {
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "markdown": "text/markdown",
    "tsv": "text/csv",
    "text": "text/plain",
    "log": "text/plain",
}


def claimed_type(name: str, claimed: str) -> str:
    """The claimed type without its parameters; by the name's ending where none is claimed."""
    media_type = claimed.partition(";")[0].strip().lower()
    if media_type in _UNKNOWN:
        return _BY_ENDING.get(name.rpartition(".")[2].lower(), "")
    return _SAME.get(media_type, media_type)
