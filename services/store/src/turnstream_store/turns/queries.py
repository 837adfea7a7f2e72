"""Queries on turns. Leases are measured by the database's clock, and by no other."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import orjson
import sqlalchemy as sa
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.operations import AttemptOutcome
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason, Json, ReleaseTurn, TurnEnd, TurnStatus

from turnstream_store.database.owners import owned_by
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.kept_attempts import ended, failed_before
from turnstream_store.turns.tables import ACTIVE, JournalRow, TurnRow

_now = sa.func.now()
_is_active = col(TurnRow.status).in_(ACTIVE)


async def load(
    session: AsyncSession, owner: Owner, turn_id: str, *, lock: bool = False
) -> TurnRow | None:
    """A turn of the owner's."""
    query = select(TurnRow).where(*_is(owner, turn_id))
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def accepted_earlier(
    session: AsyncSession, owner: Owner, turn_id: str, idempotency_key: str | None
) -> TurnRow | None:
    """The turn of the owner's that has this id or this key, if one was accepted."""
    same = col(TurnRow.id) == turn_id
    if idempotency_key is not None:
        same = sa.or_(same, col(TurnRow.idempotency_key) == idempotency_key)
    query = select(TurnRow).where(*owned_by(TurnRow, owner), same)
    return (await session.exec(query.limit(1))).one_or_none()


async def active_in_thread(
    session: AsyncSession, owner: Owner, thread_id: str
) -> Sequence[TurnRow]:
    """The running and waiting turns of a thread, in the order they run."""
    query = select(TurnRow).where(*_in_thread(owner, thread_id), _is_active)
    return (await session.exec(query.order_by(col(TurnRow.position)))).all()


async def newest_in_thread(session: AsyncSession, owner: Owner, thread_id: str) -> TurnRow | None:
    """The turn of a thread that was accepted last, if the thread still has one."""
    query = select(TurnRow).where(*_in_thread(owner, thread_id))
    return (await session.exec(query.order_by(col(TurnRow.position).desc()).limit(1))).one_or_none()


async def active_or_ended_within(
    session: AsyncSession, owner: Owner, thread_id: str, lately: timedelta
) -> Sequence[TurnRow]:
    """The turns of a thread that are active, or ended no longer ago than this."""
    recent = sa.or_(_is_active, col(TurnRow.ended_at) > _now - lately)
    query = select(TurnRow).where(*_in_thread(owner, thread_id), recent)
    return (await session.exec(query)).all()


CHANGED_BY_OTHERS = "changed_by_others"
"""In `thread_before`: the fields of the thread that somebody else set since the turn began."""


async def note_thread_changes(
    session: AsyncSession, owner: Owner, thread_id: str, fields: Collection[str]
) -> None:
    """Note for the turns that run in a thread which of its fields somebody else has set.

    What a turn sets later does not replace them.
    """
    query = select(TurnRow).where(
        *_in_thread(owner, thread_id),
        _is_active,
        col(TurnRow.thread_before).is_not(None),
    )
    for row in (await session.exec(query.with_for_update(key_share=True))).all():
        before: Json = orjson.loads(row.thread_before or "{}")
        before[CHANGED_BY_OTHERS] = sorted({*before.get(CHANGED_BY_OTHERS, ()), *fields})
        row.thread_before = orjson.dumps(before).decode()
    await session.flush()


def changed_by_others(row: TurnRow) -> frozenset[str]:
    """The fields of its thread that somebody else has set since the turn began."""
    before: Json = orjson.loads(row.thread_before or "{}")
    return frozenset(before.get(CHANGED_BY_OTHERS, ()))


async def holds(session: AsyncSession, owner: Owner, turn_id: str, attempt: int) -> bool:
    """True when the attempt is the newest and its turn is running. It stays so until we commit."""
    return await thread_held(session, owner, turn_id, attempt) is not None


async def thread_held(
    session: AsyncSession, owner: Owner, turn_id: str, attempt: int
) -> str | None:
    """The thread of a turn that is running in this attempt, which it stays until we commit."""
    running = select(TurnRow.thread_id).where(*_running(owner, turn_id, attempt))
    return (await session.exec(running.with_for_update(read=True))).one_or_none()


async def release(session: AsyncSession, owner: Owner, turn_id: str, command: ReleaseTurn) -> bool:
    """Give a running turn back to the queue; False when the attempt is not its newest.

    It keeps its place there, unless it is delayed.
    """
    failed = 1 if command.count_as_failed else 0
    error = command.error.model_dump_json(exclude_none=True) if command.error else None
    code = command.error.code if command.error else None
    query = (
        update(TurnRow)
        .where(*_running(owner, turn_id, command.attempt))
        .values(
            {
                TurnRow.status: TurnStatus.QUEUED,
                TurnRow.worker: None,
                TurnRow.lease_until: None,
                TurnRow.held_back: bool(command.delay),
                TurnRow.not_before: _now + command.delay,
                TurnRow.published_at: _now,
                TurnRow.failures: col(TurnRow.failures) + failed,
                TurnRow.error: col(TurnRow.error) if error is None else error,
                TurnRow.attempts: ended(AttemptOutcome.RELEASED, code),
            }
        )
    )
    return bool((await session.exec(query)).rowcount)


async def requeue(session: AsyncSession, owner: Owner, turn_id: str) -> None:
    """Give a locked dead letter back to the queue, held back, as if it had never failed."""
    values = {
        TurnRow.status: TurnStatus.QUEUED,
        TurnRow.failures: 0,
        TurnRow.dead: False,
        TurnRow.ended_at: None,
        TurnRow.error: None,
        TurnRow.blocked: None,
        TurnRow.held_back: True,
        TurnRow.not_before: _now,
        TurnRow.published_at: _now,
        TurnRow.attempts: failed_before(),
    }
    await session.exec(update(TurnRow).where(*_is(owner, turn_id)).values(values))


async def begin_attempt(session: AsyncSession, owner: Owner, turn_id: str, attempt: int) -> None:
    """Give a locked turn an attempt that fences every earlier one."""
    values = {TurnRow.attempt: attempt}
    await session.exec(update(TurnRow).where(*_is(owner, turn_id)).values(values))


async def end(
    session: AsyncSession, owner: Owner, turn_id: str, attempt: int, end: TurnEnd
) -> bool:
    """End a turn that is active in this very attempt; False when it is not."""
    error = end.error.model_dump_json(exclude_none=True) if end.error else None
    query = (
        update(TurnRow)
        .where(*_is(owner, turn_id), col(TurnRow.attempt) == attempt, _is_active)
        .values(
            {
                TurnRow.status: end.status,
                TurnRow.ended_at: _now,
                TurnRow.credentials: None,
                TurnRow.lease_until: None,
                TurnRow.disconnected_until: None,
                TurnRow.error: error,
                TurnRow.dead: end.dead,
            }
        )
    )
    return bool((await session.exec(query)).rowcount)


async def recorded_steps(session: AsyncSession, owner: Owner, turn_id: str) -> dict[str, str]:
    """The journal of a turn of the owner's. Nothing for a turn of anybody else's."""
    query = (
        select(JournalRow.key, JournalRow.value)
        .join(TurnRow, col(TurnRow.id) == JournalRow.turn_id)
        .where(*_is(owner, turn_id), JournalRow.tenant == owner.tenant)
    )
    return dict((await session.exec(query)).all())


async def forget_steps(session: AsyncSession, tenant: str, turn_id: str) -> None:
    """Delete the journal and the ledger of a turn that has ended."""
    for table in (JournalRow, ToolCallRow):
        which = (col(table.tenant) == tenant, col(table.turn_id) == turn_id)
        await session.exec(delete(table).where(*which))


async def note_disconnect(
    session: AsyncSession, owner: Owner, turn_id: str, grace: timedelta
) -> None:
    """Begin the grace of an active turn, unless its owner has been seen within as long."""
    was_seen = col(TurnRow.seen_at) > _now - grace
    await session.exec(
        update(TurnRow)
        .where(
            *_is(owner, turn_id),
            _is_active,
            sa.or_(col(TurnRow.seen_at).is_(None), ~was_seen),
        )
        .values({TurnRow.disconnected_until: _now + grace})
    )


async def came_back(session: AsyncSession, owner: Owner, thread_id: str) -> None:
    """The owner looks at the thread: a connection lost just before or after is not a Stop."""
    await session.exec(
        update(TurnRow)
        .where(*_in_thread(owner, thread_id), _is_active)
        .values({TurnRow.disconnected_until: None, TurnRow.seen_at: _now})
    )


async def forget_disconnect(session: AsyncSession, owner: Owner, turn_id: str) -> None:
    """End the grace of a locked turn."""
    values = {TurnRow.disconnected_until: None}
    await session.exec(update(TurnRow).where(*_is(owner, turn_id)).values(values))


async def request_cancel(
    session: AsyncSession, owner: Owner, turn_id: str, reason: CancelReason
) -> None:
    """Note that the turn must stop. The first reason stays."""
    await session.exec(
        update(TurnRow)
        .where(*_is(owner, turn_id), _is_active, col(TurnRow.cancel).is_(None))
        .values({TurnRow.cancel: reason})
    )


def _is(owner: Owner, turn_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(TurnRow.id) == turn_id, *owned_by(TurnRow, owner))


def _in_thread(owner: Owner, thread_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(TurnRow.thread_id) == thread_id, *owned_by(TurnRow, owner))


def _running(owner: Owner, turn_id: str, attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        *_is(owner, turn_id),
        col(TurnRow.attempt) == attempt,
        col(TurnRow.status) == TurnStatus.RUNNING,
    )
