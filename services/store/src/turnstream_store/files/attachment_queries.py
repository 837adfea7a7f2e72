"""Queries on attachments."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredAttachment
from turnstream.errors import NotFound

from turnstream_store.database.owners import owned_by
from turnstream_store.files.tables import AttachmentRow


async def load(
    session: AsyncSession, owner: Owner, attachment_id: str, *, lock: bool = False
) -> AttachmentRow | None:
    """An attachment of the owner's."""
    query = select(AttachmentRow).where(
        AttachmentRow.id == attachment_id, *owned_by(AttachmentRow, owner)
    )
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def save(
    session: AsyncSession,
    owner: Owner,
    attachment: StoredAttachment,
    thread_id: str | None = None,
    file_key: str | None = None,
) -> None:
    """Add or replace an attachment of the owner's. A file, once named, stays.

    Raises `NotFound` when the id is somebody else's: an id can't be taken over.
    """
    values: dict[Mapped[object], str] = {
        col(AttachmentRow.payload): attachment.payload,
        col(AttachmentRow.public): attachment.public,
    }
    if thread_id is not None:
        values[col(AttachmentRow.thread_id)] = thread_id
    mine = (col(AttachmentRow.id) == attachment.attachment_id, *owned_by(AttachmentRow, owner))
    # Not in one statement: row-level security would make the id of another tenant an error.
    added = insert(AttachmentRow).values(
        {
            AttachmentRow.id: attachment.attachment_id,
            AttachmentRow.tenant: owner.tenant,
            AttachmentRow.owner: owner.user,
            AttachmentRow.file_key: file_key,
            **values,
        }
    )
    if (await session.exec(added.on_conflict_do_nothing())).rowcount:
        return
    if not (await session.exec(update(AttachmentRow).where(*mine).values(values))).rowcount:
        raise NotFound(f"There is no attachment {attachment.attachment_id}.")


async def remove(session: AsyncSession, owner: Owner, attachment_id: str) -> None:
    """Delete an attachment of the owner's."""
    query = delete(AttachmentRow).where(
        col(AttachmentRow.id) == attachment_id, *owned_by(AttachmentRow, owner)
    )
    await session.exec(query)
