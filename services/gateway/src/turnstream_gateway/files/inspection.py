"""`python -m turnstream_gateway.files.inspection` reads a file from stdin and tells what it is.

`content.py` runs it in a process of its own, without secrets: a decompression bomb, or a file that
was made to hang its reader, meets the limits below and ends only that process.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, Protocol

from turnstream_gateway.files.charset import encoding_of
from turnstream_gateway.files.images import FileRefused, Found, read_image

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space: the interpreter, and an image of 50 million pixels opened."""
CPU_SECONDS = 10
"""The limit for an image; the largest take two or three."""
DOCUMENT_CPU_SECONDS = 5
TEXT_SECONDS = 3
"""How long pages are read. The text of a document that takes longer is cut, and says so."""
TEXT_LIMIT = 200_000
"""Characters of text kept of a document: about 50,000 tokens."""
_NICE = 5
"""A gateway's own work goes first where both want a processor."""
PAGES = 2000
"""Pages a document may have."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_BINARY = "application/octet-stream"
_TEXT = "text/plain"


class _Page(Protocol):
    """A page of a document."""

    def extract_text(self) -> str: ...


def looks_like(head: bytes) -> str:
    """The type that the first kilobyte of a file suggests; text is `text/plain`."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in head:  # after a blank line, or what a server wrote before it
        return "application/pdf"
    return _TEXT if encoding_of(head) else _BINARY


def inspect(content: BinaryIO, claimed: str, pixels: int, clean: BinaryIO) -> Found:
    """What is known of a file that claims a type: `width` and `height`, or `pages` and `text`.

    An image may be of another type than it claims: `type` says which. When the bytes are of another
    kind, only `actual` is there. An image that is `changed` was written to `clean`. Raises
    `FileRefused`.
    """
    head = content.read(1024)
    if not head:
        raise FileRefused("It is empty.")
    actual = looks_like(head)
    is_text = claimed.startswith("text/") or claimed == "application/json"
    kind, wanted = actual.partition("/")[0], claimed.partition("/")[0]
    if kind != wanted if kind == "image" else actual != (_TEXT if is_text else claimed):
        return {"actual": actual}
    content.seek(0)
    if is_text:
        return _text(content.read(), claimed)
    if claimed == "application/pdf":
        return _document(content)
    found = read_image(content, pixels, clean)
    return found if actual == claimed else found | {"type": actual}


def _text(content: bytes, claimed: str) -> Found:
    """A text in another encoding than UTF-8 is given in it besides, for anyone who reads it
    later.
    """
    encoding = encoding_of(content)
    if encoding is None:
        raise FileRefused("It holds zero bytes, or others that no text has.")
    text = content.decode(encoding, "replace")
    try:
        if claimed == "application/json":
            json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileRefused("It is not JSON.") from error
    if "\0" in text:
        raise FileRefused("It holds zero bytes, so it is no text.")
    found: Found = {"characters": len(text)}
    if encoding == "utf-8":
        return found
    return found | {"encoding": encoding, "text": text[:TEXT_LIMIT]}


def _document(content: BinaryIO) -> Found:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(content)
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileRefused(
                "It opens with a password only: save it without one, and send it again."
            )
        pages = len(reader.pages)
        if pages > PAGES:
            raise FileRefused(f"It has {pages} pages; {PAGES} are taken.")
        return {"pages": pages, "text": _read(reader.pages)}
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise FileRefused("It is damaged: the document can't be read.") from error


def _read(pages: Sequence[_Page]) -> str:
    until, parts, length = time.monotonic() + TEXT_SECONDS, list[str](), 0
    for number, page in enumerate(pages, 1):
        parts.append(page.extract_text())
        length += len(parts[-1])
        if number < len(pages) and (length > TEXT_LIMIT or time.monotonic() > until):
            parts.append(f"[The text of page {number + 1} and of those after it was not read.]")
            break
    return "\n\n".join(parts)[: TEXT_LIMIT + 1000]


def main() -> None:
    """Write what is known to stdout, as JSON."""
    claimed, pixels, clean = sys.argv[1:]
    seconds = CPU_SECONDS if claimed.startswith("image/") else DOCUMENT_CPU_SECONDS
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(kind, (limit, limit))
    os.nice(_NICE)
    try:
        with os.fdopen(int(clean), "wb") as output:
            found = inspect(sys.stdin.buffer, claimed, int(pixels), output)
    except FileRefused as refusal:
        found = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
