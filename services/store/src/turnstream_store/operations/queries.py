"""Queries on the turns of everybody, for operators. None reads what a user said but `payloads`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select
from turnstream.contracts.operating.operations import TurnSearch, TurnState
from turnstream.contracts.operating.overview import WorkerHeartbeat

from turnstream_store.database.columns import constant
from turnstream_store.operations.tables import WorkerRow
from turnstream_store.threads.tables import ItemRow
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import ACTIVE, JournalRow, TurnRow
from turnstream_store.usage.tables import UsageRow

_code: sa.ColumnElement[str] = sa.func.coalesce(
    sa.cast(col(TurnRow.error), sa.JSON)["code"].as_string(), "unknown"
)
_FEW = 500
"""Model calls, items, tool calls and records of one turn that are told of, the oldest first."""


class Line(NamedTuple):
    """A turn and its age."""

    turn: TurnRow
    age: float


class StoredItem(NamedTuple):
    """An item without what it says."""

    type: str
    attempt: int
    created_at: str | None
    size: int


class Record(NamedTuple):
    """A record of the journal without what it holds."""

    key: str
    size: int


class Call(NamedTuple):
    """A call of the ledger without its result."""

    key: str
    tool: str
    instance: str
    size: int | None


async def lines(session: AsyncSession, wanted: TurnSearch) -> list[Line]:
    """Turns, the newest first, and the one after the page."""
    query = _with_age().where(*_conditions(wanted)).order_by(col(TurnRow.id).desc())
    if wanted.after is not None:
        query = query.where(col(TurnRow.id) < wanted.after)
    return [Line(*row) for row in await session.exec(query.limit(wanted.limit + 1))]


async def line(session: AsyncSession, turn_id: str) -> Line | None:
    """One turn, no matter whose it is."""
    found = (await session.exec(_with_age().where(TurnRow.id == turn_id))).one_or_none()
    return None if found is None else Line(*found)


def _with_age() -> Select[TurnRow, float]:
    end = sa.func.coalesce(col(TurnRow.ended_at), sa.func.now())
    age = sa.cast(sa.extract("epoch", end - col(TurnRow.accepted_at)), sa.Double)
    return select(TurnRow, age)


def _conditions(wanted: TurnSearch) -> list[sa.ColumnExpressionArgument[bool]]:
    found = _of_state(wanted.state)
    for column, value in (
        (col(TurnRow.tenant), wanted.tenant),
        (col(TurnRow.owner), wanted.user),
        (col(TurnRow.thread_id), wanted.thread_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.code is not None:
        found += [col(TurnRow.error).is_not(None), _code == wanted.code]
    if wanted.since is not None:
        found.append(col(TurnRow.accepted_at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(TurnRow.accepted_at) < wanted.until)
    return found


def _of_state(state: TurnState | None) -> list[sa.ColumnExpressionArgument[bool]]:
    """The condition of a partial index, word for word and without a parameter."""
    match state:
        case None:
            return []
        case TurnState.ACTIVE:
            return [col(TurnRow.status).in_([constant(each.value) for each in ACTIVE])]
        case TurnState.DEAD:
            return [col(TurnRow.dead)]
    return [col(TurnRow.status) == constant(state.value)]


async def newest_of_thread(session: AsyncSession, thread_id: str) -> str | None:
    """The id of the turn of a thread that was accepted last."""
    query = select(TurnRow.id).where(TurnRow.thread_id == thread_id)
    return (await session.exec(query.order_by(col(TurnRow.position).desc()).limit(1))).first()


async def model_calls(session: AsyncSession, turn_id: str) -> Sequence[UsageRow]:
    """The model calls of a turn, the oldest first."""
    query = select(UsageRow).where(UsageRow.turn_id == turn_id)
    return (await session.exec(query.order_by(col(UsageRow.created_at)).limit(_FEW))).all()


async def stored_items(session: AsyncSession, turn_id: str) -> list[StoredItem]:
    """The items of a turn, in their order."""
    payload = sa.cast(col(ItemRow.payload), sa.Text)
    query = (
        select(
            ItemRow.type,
            ItemRow.attempt,
            sa.type_coerce(col(ItemRow.payload), sa.JSON)["created_at"].as_string(),
            sa.func.octet_length(payload),
        )
        .where(col(ItemRow.turn_id) == turn_id)
        .order_by(col(ItemRow.seq))
        .limit(_FEW)
    )
    return [StoredItem(*row) for row in await session.exec(query)]


async def records(session: AsyncSession, turn_id: str) -> list[Record]:
    """The journal of a turn."""
    size = sa.func.octet_length(sa.cast(col(JournalRow.value), sa.Text))
    query = select(JournalRow.key, size).where(JournalRow.turn_id == turn_id)
    rows = await session.exec(query.order_by(col(JournalRow.key)).limit(_FEW))
    return [Record(*row) for row in rows]


async def calls(session: AsyncSession, turn_id: str) -> list[Call]:
    """The ledger of a turn."""
    size = sa.func.octet_length(sa.cast(col(ToolCallRow.result), sa.Text))
    query = select(ToolCallRow.key, ToolCallRow.tool, ToolCallRow.instance, size)
    query = query.where(ToolCallRow.turn_id == turn_id)
    return [Call(*row) for row in await session.exec(query.limit(_FEW))]


async def note_worker(session: AsyncSession, worker: WorkerHeartbeat) -> None:
    """Note that a worker is there."""
    values = {
        col(WorkerRow.instance): worker.instance,
        col(WorkerRow.slots): worker.slots,
        col(WorkerRow.running): worker.running,
        col(WorkerRow.draining): worker.draining,
        col(WorkerRow.version): worker.version,
        col(WorkerRow.seen_at): sa.func.now(),
    }
    query = insert(WorkerRow).values(values)
    await session.exec(
        query.on_conflict_do_update(index_elements=[col(WorkerRow.instance)], set_=values)
    )


async def forget_worker(session: AsyncSession, instance: str) -> None:
    """Forget a worker."""
    await session.exec(delete(WorkerRow).where(col(WorkerRow.instance) == instance))


async def purge_workers(session: AsyncSession, silence: timedelta) -> int:
    """Forget workers that were not heard of for so long; how many."""
    query = delete(WorkerRow).where(col(WorkerRow.seen_at) < sa.func.now() - silence)
    return (await session.exec(query)).rowcount


async def workers(
    session: AsyncSession, silence: timedelta, limit: int
) -> Sequence[tuple[WorkerRow, bool]]:
    """Workers by name, and whether each was heard of within `silence`."""
    alive = col(WorkerRow.seen_at) >= sa.func.now() - silence
    query = select(WorkerRow, alive).order_by(col(WorkerRow.instance)).limit(limit)
    return (await session.exec(query)).all()
