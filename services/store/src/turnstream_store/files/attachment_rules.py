"""Attachments: room reserved, bytes arrived, bound to a thread, deleted."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    ReserveAttachment,
    ReserveFile,
    StoredAttachment,
)
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, Unprocessable

from turnstream_store.files import attachment_queries as attachments
from turnstream_store.files import queries as files
from turnstream_store.files.rules import reserve_file
from turnstream_store.settings import StoreSettings


class BoundAttachment(NamedTuple):
    """An attachment of a message: as the assistant sees it, and as the client does."""

    full: Json
    public: Json


async def save(session: AsyncSession, owner: Owner, attachment: StoredAttachment) -> None:
    """Add or replace an attachment of the owner's, whose bytes the assistant keeps."""
    await attachments.save(session, owner, attachment)


async def load(session: AsyncSession, owner: Owner, attachment_id: str) -> str:
    """An attachment in full, as JSON. Raises `NotFound`."""
    row = await attachments.load(session, owner, attachment_id)
    if row is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    return row.payload


async def reserve(
    session: AsyncSession, owner: Owner, command: ReserveAttachment, settings: StoreSettings
) -> None:
    """Add an attachment whose bytes are about to come. Raises `StorageFull`.

    The same command twice is one attachment.
    """
    attachment = command.attachment
    if await attachments.load(session, owner, attachment.attachment_id) is not None:
        return
    file = ReserveFile(key=command.file_key, size=command.size)
    await reserve_file(session, owner, file, settings)
    await attachments.save(session, owner, attachment, file_key=command.file_key)


async def uploaded(
    session: AsyncSession, owner: Owner, attachment_id: str, command: AttachmentUploaded
) -> None:
    """The bytes are kept, and this is what is known of them now.

    Raises `NotFound` when the attachment was deleted meanwhile, and `Unprocessable` when it has
    its bytes already.
    """
    row = await attachments.load(session, owner, attachment_id, lock=True)
    if row is None or row.file_key is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    if not await files.arrived(session, owner, row.file_key, command.size):
        raise Unprocessable(f"Attachment {attachment_id} has been uploaded already.")
    looked_at = StoredAttachment(
        attachment_id=attachment_id, payload=command.payload, public=command.public
    )
    await attachments.save(session, owner, looked_at)


async def delete(session: AsyncSession, owner: Owner, attachment_id: str) -> None:
    """Forget an attachment of the owner's; its bytes follow. Raises `NotFound`."""
    row = await attachments.load(session, owner, attachment_id, lock=True)
    if row is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    await attachments.remove(session, owner, attachment_id)
    if row.file_key is not None:
        await files.release(session, owner, row.file_key)


async def bind_attachments(
    session: AsyncSession, owner: Owner, thread_id: str, attachment_ids: Sequence[str]
) -> list[BoundAttachment]:
    """Bind attachments of the owner's to a thread, in the order of their ids.

    Raises `NotFound` for an unknown or foreign id and `Unprocessable` for one that another
    thread has already, or whose bytes have not come yet.
    """
    bound = []
    for attachment_id in attachment_ids:
        row = await attachments.load(session, owner, attachment_id, lock=True)
        if row is None:
            raise NotFound(f"There is no attachment {attachment_id}.")
        if row.thread_id not in (None, thread_id):
            raise Unprocessable(f"Attachment {attachment_id} belongs to another thread.")
        key = row.file_key
        if key is not None and not await files.bind(session, owner, key, thread_id):
            raise Unprocessable(f"Attachment {attachment_id} has not been uploaded yet.")
        bound_to = {"thread_id": thread_id}
        full, public = orjson.loads(row.payload) | bound_to, orjson.loads(row.public) | bound_to
        changed = StoredAttachment(
            attachment_id=attachment_id,
            payload=orjson.dumps(full).decode(),
            public=orjson.dumps(public).decode(),
        )
        await attachments.save(session, owner, changed, thread_id)
        bound.append(BoundAttachment(full, public))
    return bound
