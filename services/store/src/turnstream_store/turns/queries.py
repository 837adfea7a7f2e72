"""Queries on turns. Leases are measured by the database's clock, and by no other."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.turns import CancelReason, Json, ReleaseTurn, TurnEnd, TurnStatus

from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import ACTIVE, JournalRow, TurnRow

_now = sa.func.now()
_is_active = col(TurnRow.status).in_(ACTIVE)


async def load(
    session: AsyncSession, turn_id: str, owner: str | None = None, *, lock: bool = False
) -> TurnRow | None:
    """A turn; with `owner`, only if it is theirs."""
    query = select(TurnRow).where(TurnRow.id == turn_id)
    if owner is not None:
        query = query.where(TurnRow.owner == owner)
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def accepted_earlier(
    session: AsyncSession, owner: str, turn_id: str, idempotency_key: str | None
) -> TurnRow | None:
    """The turn of the owner's that has this id or this key, if one was accepted."""
    same = col(TurnRow.id) == turn_id
    if idempotency_key is not None:
        same = sa.or_(same, col(TurnRow.idempotency_key) == idempotency_key)
    query = select(TurnRow).where(TurnRow.owner == owner, same)
    return (await session.exec(query.limit(1))).one_or_none()


async def active_in_thread(session: AsyncSession, thread_id: str) -> Sequence[TurnRow]:
    """The running and waiting turns of a thread, in the order they run."""
    query = select(TurnRow).where(TurnRow.thread_id == thread_id, _is_active)
    return (await session.exec(query.order_by(col(TurnRow.position)))).all()


async def active_or_ended_within(
    session: AsyncSession, thread_id: str, lately: timedelta
) -> Sequence[TurnRow]:
    """The turns of a thread that are active, or ended no longer ago than this."""
    recent = sa.or_(_is_active, col(TurnRow.ended_at) > _now - lately)
    return (await session.exec(select(TurnRow).where(TurnRow.thread_id == thread_id, recent))).all()


CHANGED_BY_OTHERS = "changed_by_others"
"""In `thread_before`: the fields of the thread that somebody else set since the turn began."""


async def note_thread_changes(
    session: AsyncSession, thread_id: str, fields: Collection[str]
) -> None:
    """Note for the turns that run in a thread which of its fields somebody else has set.

    What a turn sets later does not replace them.
    """
    query = select(TurnRow).where(
        TurnRow.thread_id == thread_id,
        col(TurnRow.status).in_(ACTIVE),
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


async def holds(session: AsyncSession, turn_id: str, attempt: int) -> bool:
    """True when the attempt is the newest and its turn is running. It stays so until we commit."""
    query = select(TurnRow.id).where(*_running(turn_id, attempt)).with_for_update(read=True)
    return (await session.exec(query)).one_or_none() is not None


async def release(session: AsyncSession, turn_id: str, command: ReleaseTurn) -> bool:
    """Give a running turn back to the queue; False when the attempt is not its newest."""
    failed = 1 if command.count_as_failed else 0
    error = command.error.model_dump_json(exclude_none=True) if command.error else None
    query = (
        update(TurnRow)
        .where(*_running(turn_id, command.attempt))
        .values(
            {
                TurnRow.status: TurnStatus.QUEUED,
                TurnRow.worker: None,
                TurnRow.lease_until: None,
                TurnRow.not_before: _now + command.delay,
                TurnRow.published_at: _now,
                TurnRow.failures: col(TurnRow.failures) + failed,
                TurnRow.error: col(TurnRow.error) if error is None else error,
            }
        )
    )
    return bool((await session.exec(query)).rowcount)


async def requeue(session: AsyncSession, turn_id: str) -> None:
    """Give a locked dead letter back to the queue, as if it had never failed."""
    values = {
        TurnRow.status: TurnStatus.QUEUED,
        TurnRow.failures: 0,
        TurnRow.dead: False,
        TurnRow.ended_at: None,
        TurnRow.error: None,
        TurnRow.blocked: None,
        TurnRow.not_before: _now,
        TurnRow.published_at: _now,
    }
    await session.exec(update(TurnRow).where(col(TurnRow.id) == turn_id).values(values))


async def begin_attempt(session: AsyncSession, turn_id: str, attempt: int) -> None:
    """Give a locked turn an attempt that fences every earlier one."""
    values = {TurnRow.attempt: attempt}
    await session.exec(update(TurnRow).where(col(TurnRow.id) == turn_id).values(values))


async def end(session: AsyncSession, turn_id: str, attempt: int, end: TurnEnd) -> bool:
    """End a turn that is active in this very attempt; False when it is not."""
    error = end.error.model_dump_json(exclude_none=True) if end.error else None
    query = (
        update(TurnRow)
        .where(col(TurnRow.id) == turn_id, col(TurnRow.attempt) == attempt, _is_active)
        .values(
            {
                TurnRow.status: end.status,
                TurnRow.ended_at: _now,
                TurnRow.lease_until: None,
                TurnRow.disconnected_until: None,
                TurnRow.error: error,
                TurnRow.dead: end.dead,
            }
        )
    )
    return bool((await session.exec(query)).rowcount)


async def recorded_steps(session: AsyncSession, turn_id: str) -> dict[str, str]:
    """The journal of a turn."""
    query = select(JournalRow.key, JournalRow.value).where(JournalRow.turn_id == turn_id)
    return dict((await session.exec(query)).all())


async def forget_steps(session: AsyncSession, turn_id: str) -> None:
    """Delete the journal and the ledger of a turn that has ended."""
    await session.exec(delete(JournalRow).where(col(JournalRow.turn_id) == turn_id))
    await session.exec(delete(ToolCallRow).where(col(ToolCallRow.turn_id) == turn_id))


async def next_in_line(session: AsyncSession, thread_id: str) -> str | None:
    """The turn that may run now in a thread, marked as published."""
    active = await active_in_thread(session, thread_id)
    if not active or active[0].status != TurnStatus.QUEUED:
        return None
    values = {TurnRow.published_at: _now}
    await session.exec(update(TurnRow).where(col(TurnRow.id) == active[0].id).values(values))
    return active[0].id


async def expire(session: AsyncSession, limit: int) -> Sequence[TurnRow]:
    """Give running turns whose lease has passed back to the queue; each counts as a failure."""
    lost = (
        select(TurnRow.id)
        .where(TurnRow.status == TurnStatus.RUNNING, col(TurnRow.lease_until) < _now)
        .order_by(col(TurnRow.lease_until))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(TurnRow)
        .where(col(TurnRow.id).in_(lost))
        .values(
            {
                TurnRow.status: TurnStatus.QUEUED,
                TurnRow.failures: col(TurnRow.failures) + 1,
                TurnRow.worker: None,
                TurnRow.lease_until: None,
                TurnRow.published_at: _now,
            }
        )
    )
    return (await session.exec(query.returning(TurnRow))).scalars().all()


async def republish(session: AsyncSession, silence: timedelta, limit: int) -> Sequence[TurnRow]:
    """Queued turns that may run, whose job no worker took within `silence`; marked as published."""
    mine, other = aliased(TurnRow), aliased(TurnRow)
    is_behind = sa.exists().where(
        col(other.thread_id) == mine.thread_id,
        col(other.position) < mine.position,
        col(other.status).in_(ACTIVE),
    )
    overdue = sa.or_(
        col(mine.published_at) < _now - silence,
        col(mine.published_at) < col(mine.not_before),
    )
    silent = (
        select(mine.id)
        .where(
            mine.status == TurnStatus.QUEUED,
            col(mine.not_before) <= _now,
            col(mine.cancel).is_(None),
            overdue,
            ~is_behind,
        )
        .order_by(col(mine.position))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = update(TurnRow).where(col(TurnRow.id).in_(silent)).values({TurnRow.published_at: _now})
    return (await session.exec(query.returning(TurnRow))).scalars().all()


async def abandoned(session: AsyncSession, max_failures: int, limit: int) -> Sequence[TurnRow]:
    """Queued turns that no worker may run any more: out of attempts, or cancelled in between."""
    is_over = sa.or_(col(TurnRow.failures) >= max_failures, col(TurnRow.cancel).is_not(None))
    query = select(TurnRow).where(TurnRow.status == TurnStatus.QUEUED, is_over)
    return (await session.exec(query.limit(limit))).all()


async def note_disconnect(
    session: AsyncSession, owner: str, turn_id: str, grace: timedelta
) -> None:
    """Begin the grace of an active turn, unless its owner has been seen within as long."""
    was_seen = col(TurnRow.seen_at) > _now - grace
    await session.exec(
        update(TurnRow)
        .where(
            col(TurnRow.id) == turn_id,
            col(TurnRow.owner) == owner,
            _is_active,
            sa.or_(col(TurnRow.seen_at).is_(None), ~was_seen),
        )
        .values({TurnRow.disconnected_until: _now + grace})
    )


async def forget_disconnect(session: AsyncSession, turn_id: str) -> None:
    """End the grace of a locked turn."""
    values = {TurnRow.disconnected_until: None}
    await session.exec(update(TurnRow).where(col(TurnRow.id) == turn_id).values(values))


async def disconnected(session: AsyncSession, limit: int) -> Sequence[TurnRow]:
    """Active turns whose plain client has been gone for longer than the grace period."""
    query = select(TurnRow).where(_is_active, col(TurnRow.disconnected_until) < _now)
    return (await session.exec(query.limit(limit))).all()


async def request_cancel(session: AsyncSession, turn_id: str, reason: CancelReason) -> None:
    """Note that the turn must stop. The first reason stays."""
    await session.exec(
        update(TurnRow)
        .where(col(TurnRow.id) == turn_id, _is_active, col(TurnRow.cancel).is_(None))
        .values({TurnRow.cancel: reason})
    )


async def dead_letters(session: AsyncSession, limit: int) -> Sequence[TurnRow]:
    """Dead letters, newest first."""
    query = select(TurnRow).where(TurnRow.dead).order_by(col(TurnRow.ended_at).desc())
    return (await session.exec(query.limit(limit))).all()


async def failed(
    session: AsyncSession, since: datetime | None, code: str | None, limit: int
) -> Sequence[TurnRow]:
    """Failed turns, newest first."""
    query = select(TurnRow).where(*_failed(since, code)).order_by(col(TurnRow.ended_at).desc())
    return (await session.exec(query.limit(limit))).all()


async def count_failed(
    session: AsyncSession, since: datetime | None, code: str | None
) -> dict[str, int]:
    """How many turns failed with each code, the most frequent first."""
    count = sa.func.count()
    query = select(_code, count).where(*_failed(since, code)).group_by(_code)
    return dict((await session.exec(query.order_by(count.desc(), _code))).all())


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete turns that ended longer ago than the retention; how many were deleted."""
    old = select(TurnRow.id).where(col(TurnRow.ended_at) < _now - retention).limit(limit)
    return (await session.exec(delete(TurnRow).where(col(TurnRow.id).in_(old)))).rowcount


_code: sa.ColumnElement[str] = sa.func.coalesce(
    sa.cast(col(TurnRow.error), sa.JSON)["code"].as_string(), "unknown"
)


def _failed(since: datetime | None, code: str | None) -> list[sa.ColumnElement[bool]]:
    conditions = [col(TurnRow.status) == TurnStatus.FAILED]
    if since is not None:
        conditions.append(col(TurnRow.ended_at) >= since)
    if code is not None:
        conditions.append(_code == code)
    return conditions


def _running(turn_id: str, attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(TurnRow.id) == turn_id,
        col(TurnRow.attempt) == attempt,
        col(TurnRow.status) == TurnStatus.RUNNING,
    )
