"""Queries on attachments."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.store_api import StoredAttachment
from turnstream.errors import NotFound

from turnstream_store.files.tables import AttachmentRow


async def load(
    session: AsyncSession, owner: str, attachment_id: str, *, lock: bool = False
) -> AttachmentRow | None:
    """An attachment of the owner's."""
    query = select(AttachmentRow).where(
        AttachmentRow.id == attachment_id, AttachmentRow.owner == owner
    )
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def save(
    session: AsyncSession,
    owner: str,
    attachment: StoredAttachment,
    thread_id: str | None = None,
    file_key: str | None = None,
) -> None:
    """Add or replace an attachment of the owner's. A file, once named, stays.

    Raises `NotFound` when the id is somebody else's: an id can't be taken over.
    """
    statement = insert(AttachmentRow).values(
        {
            AttachmentRow.id: attachment.attachment_id,
            AttachmentRow.owner: owner,
            AttachmentRow.thread_id: thread_id,
            AttachmentRow.payload: attachment.payload,
            AttachmentRow.public: attachment.public,
            AttachmentRow.file_key: file_key,
        }
    )
    changes: dict[Mapped[Any], sa.ColumnElement[Any]] = {
        col(AttachmentRow.payload): statement.excluded.payload,
        col(AttachmentRow.public): statement.excluded.public,
    }
    if thread_id is not None:
        changes[col(AttachmentRow.thread_id)] = statement.excluded.thread_id
    statement = statement.on_conflict_do_update(
        index_elements=[col(AttachmentRow.id)],
        set_=changes,
        where=col(AttachmentRow.owner) == owner,
    )
    if not (await session.exec(statement)).rowcount:
        raise NotFound(f"There is no attachment {attachment.attachment_id}.")


async def remove(session: AsyncSession, attachment_id: str) -> None:
    """Delete an attachment."""
    await session.exec(delete(AttachmentRow).where(col(AttachmentRow.id) == attachment_id))
