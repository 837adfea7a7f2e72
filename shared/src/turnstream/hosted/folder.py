"""The folder of an export, which `turnstream export-hosted` writes and `turnstream import` reads.

`threads.jsonl` has a line for each thread, oldest thread first:

    {"thread": {"id": "cthr_1", "object": "chatkit.thread", …}, "items": [{…}, …]}

Both are what the hosted API answered, whole; items are in their order. The bytes of the attachment
`file_1` are in `attachments/file_1`, where they could be had. Anybody may write such a folder.
"""

from pathlib import Path

from turnstream.contracts.ids import derived_id

THREADS = "threads.jsonl"
ATTACHMENTS = "attachments"

_NAME_LIMIT = 120
"""Characters of a file's name: less than every file system takes, with room for an ending."""


def attachment_path(folder: Path, attachment_id: str) -> Path:
    """Where the bytes of an attachment are. An id that cannot name a file is told by its digest."""
    plain = attachment_id.replace("-", "").replace("_", "")
    safe = plain.isascii() and plain.isalnum() and len(attachment_id) <= _NAME_LIMIT
    return folder / ATTACHMENTS / (attachment_id if safe else derived_id("id", attachment_id))
