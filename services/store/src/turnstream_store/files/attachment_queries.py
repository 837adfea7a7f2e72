"""Queries on attachments."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredAttachment
from turnstream.errors import NotFound

from turnstream_store.database.columns import Row
from turnstream_store.files.tables import attachments


async def load(
    connection: AsyncConnection, owner: str, attachment_id: str, *, lock: bool = False
) -> Row | None:
    """An attachment of the owner's."""
    query = sa.select(attachments).where(
        attachments.c.id == attachment_id, attachments.c.owner == owner
    )
    if lock:
        query = query.with_for_update()
    return (await connection.execute(query)).one_or_none()


async def save(
    connection: AsyncConnection,
    owner: str,
    attachment: StoredAttachment,
    thread_id: str | None = None,
    file_key: str | None = None,
) -> None:
    """Add or replace an attachment of the owner's. A file, once named, stays.

    Raises `NotFound` when the id is somebody else's: an id can't be taken over.
    """
    statement = insert(attachments).values(
        id=attachment.attachment_id,
        owner=owner,
        thread_id=thread_id,
        payload=attachment.payload,
        public=attachment.public,
        file_key=file_key,
    )
    changes = {"payload": statement.excluded.payload, "public": statement.excluded.public}
    if thread_id is not None:
        changes["thread_id"] = statement.excluded.thread_id
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_=changes, where=attachments.c.owner == owner
    )
    if not (await connection.execute(statement)).rowcount:
        raise NotFound(f"There is no attachment {attachment.attachment_id}.")


async def delete(connection: AsyncConnection, owner: str, attachment_id: str) -> Row | None:
    """Delete an attachment of the owner's; None when there is none."""
    query = sa.delete(attachments).where(
        attachments.c.id == attachment_id, attachments.c.owner == owner
    )
    return (await connection.execute(query.returning(attachments))).one_or_none()
