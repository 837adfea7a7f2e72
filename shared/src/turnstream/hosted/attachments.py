"""Attachments of an export become files of ours, under their own ids."""

from pathlib import Path
from typing import NamedTuple

import orjson

from turnstream.contracts.operating.imports import ImportedAttachment
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile, StoredAttachment
from turnstream.contracts.turns import Json
from turnstream.files.blobs import ENDINGS, FILE, Blobs, imported_key
from turnstream.files.links import Links
from turnstream.hosted.folder import attachment_path
from turnstream.hosted.shapes import HostedAttachment
from turnstream.store_client.imports import Imports

_HEAD = 16
_MARKS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_TEXTS = frozenset({"text/plain", "text/markdown", "text/csv", "application/json"})
"""Types that no bytes show. They are served as what they claim, which no browser runs."""


class FileStorage(NamedTuple):
    """Where bytes go, and what makes references to them."""

    blobs: Blobs
    links: Links


class ReadAttachment(NamedTuple):
    """An attachment of an export."""

    hosted: HostedAttachment
    path: Path | None
    """Its bytes; None when they are not here, or of no type that is kept."""
    media_type: str

    @property
    def key(self) -> str:
        """The key under which its bytes are kept."""
        return imported_key(self.hosted.id, ENDINGS[self.media_type])


def read_attachment(folder: Path, hosted: HostedAttachment) -> ReadAttachment:
    """What an export has of an attachment. Its bytes say what they are; a claim does not count."""
    path = attachment_path(folder, hosted.id)
    found = _media_type(path, hosted.mime_type) if path.is_file() else None
    if found is None:
        return ReadAttachment(hosted, None, hosted.mime_type)
    return ReadAttachment(hosted, path, found)


async def keep(imports: Imports, storage: FileStorage, owner: Owner, read: ReadAttachment) -> None:
    """Keep the bytes, unless they are kept already: the row first, as for every file."""
    if read.path is None:
        return
    size = read.path.stat().st_size
    if await imports.file(owner, ReserveFile(key=read.key, size=size)):
        with read.path.open("rb") as content:
            await storage.blobs.put(read.key, content)


def our_attachment(read: ReadAttachment, thread_id: str) -> Json:
    """An attachment as a message names it. Without bytes it is a name: an image would need a link.

    The preview is left out: `with_reference` adds it for an owner.
    """
    hosted = read.hosted
    document = {"id": hosted.id, "name": hosted.name, "thread_id": thread_id}
    if read.path is None:
        return {**document, "type": "file", "mime_type": hosted.mime_type}
    kind = "image" if read.media_type.startswith("image/") else "file"
    return {**document, "type": kind, "mime_type": read.media_type}


def with_reference(
    document: Json, read: ReadAttachment, storage: FileStorage, owner: Owner
) -> Json:
    """An attachment with the reference that becomes a link for its owner."""
    if document["type"] != "image":
        return document
    return {**document, "preview_url": storage.links.reference(owner, read.key)}


def stored(public: Json, read: ReadAttachment) -> ImportedAttachment:
    """An attachment for the store: where its bytes are is for assistants only."""
    full = public
    if read.path is not None:
        metadata = {FILE: read.key, "size": read.path.stat().st_size}
        full = {**public, "metadata": metadata}
    attachment = StoredAttachment(
        attachment_id=read.hosted.id,
        payload=orjson.dumps(full).decode(),
        public=orjson.dumps(public).decode(),
    )
    return ImportedAttachment(attachment=attachment, file_key=read.key if read.path else None)


def _media_type(path: Path, claimed: str) -> str | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, media_type in _MARKS:
        if head.startswith(mark):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    plain = claimed.partition(";")[0].strip().lower()
    return plain if plain in _TEXTS and b"\0" not in head else None
