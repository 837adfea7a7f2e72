"""Queries on files: which bytes are kept for whom, and which are not needed any more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.owners import owned_by
from turnstream_store.erasure.tables import ErasureRow
from turnstream_store.files.tables import AttachmentRow, FileRow

ON_THE_WAY = timedelta(minutes=10)
"""Longer than a gateway takes over an upload: bytes that come late still have their row."""
_COUNTING = 1
"""Seed of the advisory lock that counting takes: another use of such locks takes another."""
_now = sa.func.now()
_is_being_erased = sa.exists().where(
    col(ErasureRow.tenant) == col(FileRow.tenant),
    col(ErasureRow.owner) == col(FileRow.owner),
    col(ErasureRow.finished_at).is_(None),
)
_is_overdue = sa.and_(
    col(FileRow.thread_id).is_(None), col(FileRow.keep_until) < _now, ~_is_being_erased
)
"""While a user is being erased their files belong to the erasure, which counts what it deletes."""


class StorageUsed(NamedTuple):
    """What a user keeps."""

    size: int
    """Bytes of all their files."""
    unsent: int
    """Files that are in no thread."""


async def used_by(session: AsyncSession, owner: Owner) -> StorageUsed:
    """What a user keeps. Until we commit, no other request can count for the same user."""
    name = "/".join(owner)
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, _COUNTING))
    await session.exec(select(lock))
    size = sa.func.coalesce(sa.func.sum(FileRow.size), 0)
    unsent = sa.func.count().filter(col(FileRow.thread_id).is_(None))
    query = select(size, unsent).where(*owned_by(FileRow, owner))
    total, count = (await session.exec(query)).one()
    return StorageUsed(int(total), count)


async def expect(session: AsyncSession, owner: Owner, key: str, size: int, keep: timedelta) -> bool:
    """A file whose bytes are about to come, once more or for the first time, kept for a while.

    False when the key is somebody else's.
    """
    values = {FileRow.size: size, FileRow.keep_until: _now + keep}
    whose = {FileRow.key: key, FileRow.tenant: owner.tenant, FileRow.owner: owner.user}
    # Not in one statement: row-level security would make the key of another tenant an error.
    added = insert(FileRow).values({**whose, **values}).on_conflict_do_nothing()
    if (await session.exec(added)).rowcount:
        return True
    query = update(FileRow).where(*_is(owner, key)).values(values)
    return bool((await session.exec(query)).rowcount)


async def size_of(session: AsyncSession, owner: Owner, key: str) -> int | None:
    """How large a file of the owner's is; None when there is none."""
    query = select(FileRow.size).where(*_is(owner, key))
    return (await session.exec(query)).one_or_none()


async def arrived(session: AsyncSession, owner: Owner, key: str, size: int) -> bool:
    """Note that the bytes are there; False when they were there before."""
    query = update(FileRow).where(*_is(owner, key), ~col(FileRow.uploaded))
    values = {FileRow.uploaded: True, FileRow.size: size}
    return bool((await session.exec(query.values(values))).rowcount)


async def bind(session: AsyncSession, owner: Owner, key: str, thread_id: str) -> bool:
    """Keep a file as long as its thread, and no longer; False while its bytes are missing."""
    query = update(FileRow).where(*_is(owner, key), col(FileRow.uploaded))
    values = {FileRow.thread_id: thread_id, FileRow.keep_until: _now}
    return bool((await session.exec(query.values(values))).rowcount)


async def release(session: AsyncSession, owner: Owner, key: str) -> None:
    """Let an unneeded file be deleted, after a while if its bytes may still be on their way."""
    soon = sa.case((col(FileRow.uploaded), _now), else_=_now + ON_THE_WAY)
    values = {FileRow.thread_id: None, FileRow.keep_until: soon}
    await session.exec(update(FileRow).where(*_is(owner, key)).values(values))


async def forget_unsent(session: AsyncSession, limit: int) -> None:
    """Delete the metadata of attachments that were never sent, once their time has passed."""
    late = select(FileRow.key).where(_is_overdue).limit(limit)
    await session.exec(
        delete(AttachmentRow).where(
            col(AttachmentRow.file_key).in_(late),
            # Checked again for a row that was bound while this statement waited for its lock.
            col(AttachmentRow.thread_id).is_(None),
        )
    )


async def orphans(session: AsyncSession, limit: int) -> Sequence[str]:
    """Keys that nothing refers to any more, the longest overdue first."""
    is_used = sa.exists().where(col(AttachmentRow.file_key) == col(FileRow.key))
    query = select(FileRow.key).where(_is_overdue, ~is_used).order_by(col(FileRow.keep_until))
    return (await session.exec(query.limit(limit))).all()


async def remove(session: AsyncSession, keys: Sequence[str]) -> None:
    """Forget files whose bytes are deleted."""
    await session.exec(delete(FileRow).where(col(FileRow.key).in_(keys)))


async def postpone(session: AsyncSession, keys: Sequence[str], delay: timedelta) -> None:
    """Leave files alone for a while."""
    values = {FileRow.keep_until: _now + delay}
    await session.exec(update(FileRow).where(col(FileRow.key).in_(keys)).values(values))


def _is(owner: Owner, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(FileRow.key) == key, *owned_by(FileRow, owner))
