"""Queries of a recording: of one turn of the owner's, its thread, journal and ledger."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.owners import owned_by
from turnstream_store.threads.tables import ItemRow
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import TurnRow


class Item(NamedTuple):
    """An item as it is stored."""

    payload: str
    public: str | None
    attempt: int


class Call(NamedTuple):
    """A call of the ledger."""

    key: str
    tool: str
    result: str | None


_as_made = sa.func.coalesce(col(ItemRow.made), col(ItemRow.payload))


async def items_of(session: AsyncSession, owner: Owner, turn: TurnRow) -> list[Item]:
    """The items of a turn as it made them, and the one that it began from, in order."""
    query = (
        select(_as_made, ItemRow.public, ItemRow.attempt)
        .where(*_in_thread(owner, turn), col(ItemRow.turn_id) == turn.id)
        .order_by(col(ItemRow.seq))
    )
    return [Item(*row) for row in await session.exec(query)]


async def items_before(
    session: AsyncSession, owner: Owner, turn: TurnRow, limit: int
) -> list[Item]:
    """The newest items that stood in the thread before a turn, newest first."""
    later = select(TurnRow.id).where(
        TurnRow.thread_id == turn.thread_id,
        *owned_by(TurnRow, owner),
        TurnRow.position >= turn.position,
    )
    first = select(sa.func.min(ItemRow.seq)).where(
        *_in_thread(owner, turn), ItemRow.turn_id == turn.id
    )
    seq, turn_id = col(ItemRow.seq), col(ItemRow.turn_id)
    query = (
        select(ItemRow.payload, ItemRow.public, ItemRow.attempt)
        .where(*_in_thread(owner, turn), sa.or_(turn_id.is_(None), turn_id.not_in(later)))
        .where(seq < sa.func.coalesce(first.scalar_subquery(), seq + 1))
        .order_by(seq.desc())
        .limit(limit)
    )
    return [Item(*row) for row in await session.exec(query)]


async def calls_of(session: AsyncSession, owner: Owner, turn: TurnRow) -> Sequence[Call]:
    """The ledger of a turn."""
    query = select(ToolCallRow.key, ToolCallRow.tool, ToolCallRow.result).where(
        *owned_by(ToolCallRow, owner), col(ToolCallRow.turn_id) == turn.id
    )
    return [Call(*row) for row in await session.exec(query)]


def _in_thread(owner: Owner, turn: TurnRow) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(ItemRow.thread_id) == turn.thread_id, *owned_by(ItemRow, owner))
