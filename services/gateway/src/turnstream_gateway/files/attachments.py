"""Attachments whose bytes Turnstream keeps: announced, received, shown, deleted.

Their metadata names the key of their bytes. An attachment without a key belongs to the assistant's
own attachment store.
"""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import NamedTuple

import orjson
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ImageAttachment,
)
from pydantic import AnyUrl, TypeAdapter
from turnstream.contracts.ids import PREFIXES, new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    ReserveAttachment,
    StoredAttachment,
)
from turnstream.contracts.turns import Json
from turnstream.errors import (
    AttachmentRefused,
    AttachmentTypeRefused,
    BodyTooLarge,
    NotFound,
    TurnstreamError,
    Unprocessable,
)
from turnstream.files.blobs import ENDINGS, FILE, Blob, Blobs, attachment_key, text_key
from turnstream.files.links import Links
from turnstream.store_client.files import Attachments as StoredAttachments

from turnstream_gateway.fair_concurrency import ConcurrencyLimit, ConcurrencyLimiter
from turnstream_gateway.files.content import Inspector
from turnstream_gateway.files.media_types import claimed_type
from turnstream_gateway.files.names import clean_name
from turnstream_gateway.files.uploads import Upload
from turnstream_gateway.settings import GatewaySettings

UPLOADS = ConcurrencyLimit(
    "uploads_at_once", total=64, per_user=4, queue=40, timeout=timedelta(minutes=2)
)
"""Uploads that one gateway receives at a time: each may need a file's worth of disk, and may come
as slowly as a body may. A user who sends more has them received four at a time."""

_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)
_PUBLIC = {"exclude_metadata": True}


class OpenedAttachment(NamedTuple):
    """An attachment that is being read."""

    name: str
    media_type: str
    blob: Blob


class Attachments:
    """The attachments of users. Every call names the user; others' attachments are `NotFound`."""

    def __init__(
        self,
        rows: StoredAttachments,
        blobs: Blobs,
        links: Links,
        inspector: Inspector,
        settings: GatewaySettings,
    ) -> None:
        self._rows = rows
        self._blobs = blobs
        self._links = links
        self._inspector = inspector
        self._settings = settings
        self._limiter = ConcurrencyLimiter(UPLOADS)

    def place(self, owner: Owner) -> AbstractAsyncContextManager[None]:
        """A place for one upload of a user, to be taken before its body is read.

        Raises `RateLimited` and `Unavailable`.
        """
        return self._limiter.place(owner)

    async def announce(self, owner: Owner, params: AttachmentCreateParams, base: str) -> bytes:
        """An attachment whose bytes come later, with the link to send them to.

        Raises `AttachmentTypeRefused`, `BodyTooLarge`, `Unprocessable` and `StorageFull`.
        """
        if params.size > self._settings.max_attachment:
            raise BodyTooLarge(f"An attachment may hold {self._settings.max_attachment} bytes.")
        if params.size < 1:
            raise Unprocessable("An attachment holds at least one byte.")
        known = {"size": params.size, "waiting": True}
        made = self._make(owner, params.name, params.mime_type, known)
        await self._reserve(owner, made, params.size)
        url = AnyUrl(self._links.upload_link(base, made.id, owner))
        headers = {"Content-Type": made.mime_type}
        descriptor = AttachmentUploadDescriptor(url=url, method="PUT", headers=headers)
        return _public(made.model_copy(update={"upload_descriptor": descriptor}))

    async def take(self, owner: Owner, upload: Upload) -> bytes:
        """A new attachment with its bytes, for a client that sends both at once."""
        made = self._make(owner, upload.name, upload.media_type, {})
        async with self._inspected(owner, upload, made.mime_type) as (kept, found):
            if "type" in found:
                made = self._make(owner, upload.name, found["type"], {})
            await self._reserve(owner, made, kept.size)
            try:
                return await self._keep(owner, made, kept, found)
            except TurnstreamError:
                with suppress(TurnstreamError):  # the sweeper deletes uploads never sent
                    await self._rows.delete(owner, made.id)
                raise

    async def waiting(self, owner: Owner, attachment_id: str) -> ImageAttachment | FileAttachment:
        """An attachment that waits for its bytes. Raises `NotFound` and `Unprocessable`."""
        attachment = await self._load(owner, attachment_id)
        if not _known(attachment).get("waiting"):
            raise Unprocessable(f"Attachment {attachment_id} has been uploaded already.")
        return attachment

    def announced_size(self, attachment: ImageAttachment | FileAttachment) -> int:
        """How many bytes an attachment waits for."""
        return int(_known(attachment)["size"])

    async def receive(
        self, owner: Owner, attachment: ImageAttachment | FileAttachment, upload: Upload
    ) -> bytes:
        """Keep the bytes of an attachment that waits for them; they must be what was announced."""
        announced = self.announced_size(attachment)
        if upload.size != announced:
            raise AttachmentRefused(f"{announced} bytes were announced, and {upload.size} came.")
        async with self._inspected(owner, upload, attachment.mime_type) as (kept, found):
            self._check_type(found.get("type", attachment.mime_type))
            return await self._keep(owner, attachment, kept, found)

    @asynccontextmanager
    async def _inspected(
        self, owner: Owner, upload: Upload, claimed: str
    ) -> AsyncIterator[tuple[Upload, Json]]:
        """An upload as it is to be kept, and what is known of it."""
        with tempfile.TemporaryFile() as clean:
            found = await self._inspector.inspect(owner, upload.content, claimed, clean)
            if found.pop("changed", False):
                size = clean.seek(0, os.SEEK_END)
                clean.seek(0)
                upload = upload._replace(content=clean, size=size)
            yield upload, found

    async def delete(self, owner: Owner, attachment_id: str) -> bool:
        """Delete an attachment; False, and untouched, when its bytes are the assistant's."""
        stored = orjson.loads(await self._rows.load(owner, attachment_id))
        if attachment_key(attachment_id, stored.get("metadata")) is None:
            return False
        await self._rows.delete(owner, attachment_id)
        return True

    async def open(self, owner: Owner, attachment_id: str) -> OpenedAttachment:
        """The bytes of an attachment, for its owner."""
        attachment = await self._load(owner, attachment_id)
        blob = await self._blobs.open(_known(attachment)[FILE])
        return OpenedAttachment(attachment.name, attachment.mime_type, blob)

    def _make(
        self, owner: Owner, name: str, claimed: str, known: Json
    ) -> ImageAttachment | FileAttachment:
        name = clean_name(name)
        media_type = claimed_type(name, claimed)
        self._check_type(media_type)
        attachment_id = new_id(PREFIXES["attachment"])
        key = f"{attachment_id}.{ENDINGS[media_type]}"
        common = {"id": attachment_id, "name": name, "mime_type": media_type}
        metadata = {FILE: key, **known}
        if media_type.startswith("image/"):
            preview = AnyUrl(self._links.reference(owner, key))
            return ImageAttachment(**common, metadata=metadata, preview_url=preview)
        return FileAttachment(**common, metadata=metadata)

    def _check_type(self, media_type: str) -> None:
        if media_type not in self._settings.attachment_types:
            taken = ", ".join(self._settings.attachment_types)
            raise AttachmentTypeRefused(f"{media_type or 'Its type'} is not taken, only {taken}.")

    async def _load(self, owner: Owner, attachment_id: str) -> ImageAttachment | FileAttachment:
        document = await self._rows.load(owner, attachment_id)
        if attachment_key(attachment_id, orjson.loads(document).get("metadata")) is None:
            raise NotFound(f"There is no attachment {attachment_id}.")
        return _ATTACHMENT.validate_json(document)

    async def _reserve(
        self, owner: Owner, attachment: ImageAttachment | FileAttachment, size: int
    ) -> None:
        stored = StoredAttachment(
            attachment_id=attachment.id,
            payload=_full(attachment).decode(),
            public=_public(attachment).decode(),
        )
        key = _known(attachment)[FILE]
        await self._rows.reserve(
            owner, ReserveAttachment(attachment=stored, file_key=key, size=size)
        )

    async def _keep(
        self,
        owner: Owner,
        attachment: ImageAttachment | FileAttachment,
        upload: Upload,
        found: Json,
    ) -> bytes:
        """Keep the bytes, then record that they are there: a recorded file always exists."""
        key = _known(attachment)[FILE]
        text = found.pop("text", None)
        await self._blobs.put(key, upload.content)
        if text is not None:
            await self._blobs.put(text_key(key), text.encode(errors="replace"))
        media_type = found.pop("type", attachment.mime_type)
        known = {FILE: key, "size": upload.size, **found}
        kept = attachment.model_copy(update={"mime_type": media_type, "metadata": known})
        document = _public(kept)
        command = AttachmentUploaded(
            payload=_full(kept).decode(), public=document.decode(), size=upload.size
        )
        try:
            await self._rows.uploaded(owner, attachment.id, command)
        except NotFound:  # deleted, or its user erased, while the bytes came
            await self._blobs.delete(key)  # perhaps nobody else knows of them any more
            raise
        return document


def _known(attachment: ImageAttachment | FileAttachment) -> Json:
    return attachment.metadata or {}


def _full(attachment: ImageAttachment | FileAttachment) -> bytes:
    return attachment.model_dump_json(exclude_none=True).encode()


def _public(attachment: ImageAttachment | FileAttachment) -> bytes:
    return attachment.model_dump_json(exclude_none=True, context=_PUBLIC).encode()
