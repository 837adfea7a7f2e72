"""Queries on threads that come from elsewhere."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.operating.imports import ImportThread
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem

from turnstream_store.database.owners import owned_by
from turnstream_store.files.tables import FileRow
from turnstream_store.threads.tables import (
    SEQS_PER_ATTEMPT,
    DeletedItemRow,
    ItemRow,
    ThreadRow,
    item_seq,
)
from turnstream_store.turns.tables import TurnRow

_BATCH = 500
"""Items of a statement: Postgres takes 65,535 parameters, and an item has nine."""


async def add_thread(session: AsyncSession, owner: Owner, command: ImportThread) -> bool:
    """Add a thread as it was elsewhere; False when one of this id exists, of any owner."""
    values = {
        ThreadRow.id: command.thread_id,
        ThreadRow.tenant: owner.tenant,
        ThreadRow.owner: owner.user,
        ThreadRow.title: command.title,
        ThreadRow.status: command.status.model_dump(exclude_none=True),
        ThreadRow.thread_metadata: {},
        ThreadRow.created_at: command.created_at,
    }
    added = insert(ThreadRow).values(values).on_conflict_do_nothing()
    return bool((await session.exec(added)).rowcount)


async def is_used(session: AsyncSession, owner: Owner, thread_id: str) -> bool:
    """True when a turn was begun in a thread; also one that is not kept any more."""
    turn = select(TurnRow.id).where(TurnRow.thread_id == thread_id, *owned_by(TurnRow, owner))
    made = select(ItemRow.id).where(
        ItemRow.thread_id == thread_id,
        *owned_by(ItemRow, owner),
        col(ItemRow.turn_id).is_not(None),
    )
    for query in (turn, made):
        if (await session.exec(query.limit(1))).first() is not None:
            return True
    return False


async def known_items(session: AsyncSession, owner: Owner, thread_id: str) -> set[str]:
    """Ids of the items that a thread of the owner's has, or had."""
    there = select(ItemRow.id).where(ItemRow.thread_id == thread_id, *owned_by(ItemRow, owner))
    gone = select(DeletedItemRow.id).where(
        DeletedItemRow.thread_id == thread_id, DeletedItemRow.tenant == owner.tenant
    )
    found = set((await session.exec(there)).all())
    return found | set((await session.exec(gone)).all())


async def add_items(
    session: AsyncSession, owner: Owner, thread_id: str, items: Sequence[StoredItem]
) -> None:
    """Add items after all others, in this order. Each value of the sequence is as many numbers."""
    needed = -(-len(items) // SEQS_PER_ATTEMPT)
    values = select(item_seq.next_value()).select_from(sa.func.generate_series(1, needed))
    firsts = sorted((await session.exec(values)).all())
    rows = [
        {
            ItemRow.thread_id: thread_id,
            ItemRow.id: item.item_id,
            ItemRow.tenant: owner.tenant,
            ItemRow.owner: owner.user,
            ItemRow.seq: firsts[index // SEQS_PER_ATTEMPT] + index % SEQS_PER_ATTEMPT,
            ItemRow.type: item.type,
            ItemRow.hidden: item.type in HIDDEN_TYPES,
            ItemRow.payload: item.payload,
            ItemRow.public: item.public,
        }
        for index, item in enumerate(items)
    ]
    for start in range(0, len(rows), _BATCH):
        await session.exec(insert(ItemRow).values(rows[start : start + _BATCH]))


async def has_file(session: AsyncSession, owner: Owner, key: str) -> bool:
    """True when the bytes of a file of the owner's are here, for a thread."""
    query = select(FileRow.key).where(
        FileRow.key == key,
        *owned_by(FileRow, owner),
        col(FileRow.uploaded),
        col(FileRow.thread_id).is_not(None),
    )
    return (await session.exec(query)).first() is not None
