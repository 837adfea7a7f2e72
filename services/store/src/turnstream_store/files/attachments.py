"""Attachments whose bytes Turnstream keeps: room made, bytes arrived, deleted."""

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import AttachmentUploaded, ReserveAttachment, StoredAttachment
from turnstream.errors import NotFound, Unprocessable

from turnstream_store.files import attachment_queries as attachments
from turnstream_store.files import queries as files
from turnstream_store.files.rules import check_room
from turnstream_store.settings import StoreSettings


async def reserve(
    connection: AsyncConnection, owner: str, command: ReserveAttachment, settings: StoreSettings
) -> None:
    """Add an attachment whose bytes are about to come. Raises `StorageFull`.

    The same command twice is one attachment.
    """
    attachment = command.attachment
    if await attachments.load(connection, owner, attachment.attachment_id) is not None:
        return
    await check_room(connection, owner, command.size, settings)
    await files.insert(connection, owner, command.file_key, command.size, settings.upload_lifetime)
    await attachments.save(connection, owner, attachment, file_key=command.file_key)


async def uploaded(
    connection: AsyncConnection, owner: str, attachment_id: str, command: AttachmentUploaded
) -> None:
    """The bytes are kept, and this is what is known of them now.

    Raises `NotFound` when the attachment was deleted meanwhile, and `Unprocessable` when it has
    its bytes already.
    """
    row = await attachments.load(connection, owner, attachment_id, lock=True)
    if row is None or row.file_key is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    if not await files.arrived(connection, row.file_key, command.size):
        raise Unprocessable(f"Attachment {attachment_id} has been uploaded already.")
    looked_at = StoredAttachment(
        attachment_id=attachment_id, payload=command.payload, public=command.public
    )
    await attachments.save(connection, owner, looked_at)


async def delete(connection: AsyncConnection, owner: str, attachment_id: str) -> None:
    """Forget an attachment of the owner's; its bytes follow. Raises `NotFound`."""
    row = await attachments.delete(connection, owner, attachment_id)
    if row is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    if row.file_key is not None:
        await files.release(connection, row.file_key)
