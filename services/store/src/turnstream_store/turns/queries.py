"""Queries on turns. Leases are measured by the database's clock, and by no other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.turns import CancelReason, HeldTurn, TurnStatus

from turnstream_store.database.columns import Row
from turnstream_store.tool_calls.tables import tool_calls
from turnstream_store.turns.tables import journal, turns

ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)
_now = sa.func.now()

_RENEW = sa.text(
    """
    UPDATE turns SET lease_until = now() + CAST(:lease AS interval)
    FROM unnest(CAST(:ids AS text[]), CAST(:attempts AS int[])) AS held (turn_id, attempt)
    WHERE turns.id = held.turn_id AND turns.attempt = held.attempt AND turns.status = 'running'
    RETURNING turns.id, turns.cancel
    """
)

_EXPIRE = sa.text(
    """
    UPDATE turns SET status = 'queued', failures = failures + 1, worker = NULL, lease_until = NULL,
        published_at = now()
    WHERE id IN (
        SELECT id FROM turns WHERE status = 'running' AND lease_until < now()
        ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)

_REPUBLISH = sa.text(
    """
    UPDATE turns SET published_at = now()
    WHERE id IN (
        SELECT id FROM turns AS mine
        WHERE status = 'queued' AND not_before <= now()
          AND cancel IS NULL
          AND (published_at < now() - CAST(:silence AS interval) OR published_at < not_before)
          AND NOT EXISTS (
            SELECT 1 FROM turns AS other
            WHERE other.thread_id = mine.thread_id AND other.position < mine.position
              AND other.status IN ('queued', 'running')
          )
        ORDER BY position LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)


async def load(
    connection: AsyncConnection, turn_id: str, owner: str | None = None, *, lock: bool = False
) -> Row | None:
    """A turn; with `owner`, only if it is theirs."""
    query = sa.select(turns).where(turns.c.id == turn_id)
    if owner is not None:
        query = query.where(turns.c.owner == owner)
    if lock:
        query = query.with_for_update()
    return (await connection.execute(query)).one_or_none()


async def accepted_earlier(
    connection: AsyncConnection, owner: str, turn_id: str, idempotency_key: str | None
) -> Row | None:
    """The turn of the owner's that has this id or this key, if one was accepted."""
    same = turns.c.id == turn_id
    if idempotency_key is not None:
        same = sa.or_(same, turns.c.idempotency_key == idempotency_key)
    query = sa.select(turns).where(turns.c.owner == owner, same)
    return (await connection.execute(query.limit(1))).one_or_none()


async def active_in_thread(connection: AsyncConnection, thread_id: str) -> Sequence[Row]:
    """The running and waiting turns of a thread, in the order they run."""
    query = sa.select(turns).where(turns.c.thread_id == thread_id, turns.c.status.in_(ACTIVE))
    return (await connection.execute(query.order_by(turns.c.position))).all()


async def active_or_ended_within(
    connection: AsyncConnection, thread_id: str, lately: timedelta
) -> Sequence[Row]:
    """The turns of a thread that are active, or ended no longer ago than this."""
    recent = sa.or_(turns.c.status.in_(ACTIVE), turns.c.ended_at > _now - lately)
    query = sa.select(turns).where(turns.c.thread_id == thread_id, recent)
    return (await connection.execute(query)).all()


async def renew(
    connection: AsyncConnection, lease: timedelta, held: Sequence[HeldTurn]
) -> dict[str, str | None]:
    """Extend leases; the turns still held, each with its cancel reason if it has one."""
    values = {
        "lease": lease,
        "ids": [turn.turn_id for turn in held],
        "attempts": [turn.attempt for turn in held],
    }
    return {row.id: row.cancel for row in await connection.execute(_RENEW, values)}


async def holds(connection: AsyncConnection, turn_id: str, attempt: int) -> bool:
    """True, and so until we commit, when the attempt is the newest and its turn is running."""
    query = (
        sa.select(turns.c.id)
        .where(
            turns.c.id == turn_id,
            turns.c.attempt == attempt,
            turns.c.status == TurnStatus.RUNNING,
        )
        .with_for_update(read=True)
    )
    return await connection.scalar(query) is not None


async def update_running(
    connection: AsyncConnection, turn_id: str, attempt: int, values: Mapping[str, Any]
) -> Row | None:
    """Change a running turn for its newest attempt; None when it is not that any more."""
    query = (
        sa.update(turns)
        .where(
            turns.c.id == turn_id,
            turns.c.attempt == attempt,
            turns.c.status == TurnStatus.RUNNING,
        )
        .values(**values)
        .returning(turns)
    )
    return (await connection.execute(query)).one_or_none()


async def update(connection: AsyncConnection, turn_id: str, values: Mapping[str, Any]) -> None:
    """Change a turn that the caller has locked."""
    await connection.execute(sa.update(turns).where(turns.c.id == turn_id).values(**values))


async def end(
    connection: AsyncConnection,
    turn_id: str,
    attempt: int,
    status: TurnStatus,
    *,
    error: str | None = None,
    dead: bool = False,
) -> Row | None:
    """End a turn that is active in this very attempt; None when it is not."""
    query = (
        sa.update(turns)
        .where(turns.c.id == turn_id, turns.c.attempt == attempt, turns.c.status.in_(ACTIVE))
        .values(
            status=status,
            ended_at=_now,
            lease_until=None,
            disconnected_until=None,
            error=error,
            dead=dead,
        )
        .returning(turns)
    )
    return (await connection.execute(query)).one_or_none()


async def recorded_steps(connection: AsyncConnection, turn_id: str) -> dict[str, str]:
    """The journal of a turn."""
    query = sa.select(journal.c.key, journal.c.value).where(journal.c.turn_id == turn_id)
    return {row.key: row.value for row in await connection.execute(query)}


async def forget_steps(connection: AsyncConnection, turn_id: str) -> None:
    """Drop the journal and the ledger of a turn that has ended."""
    await connection.execute(sa.delete(journal).where(journal.c.turn_id == turn_id))
    await connection.execute(sa.delete(tool_calls).where(tool_calls.c.turn_id == turn_id))


async def next_in_line(connection: AsyncConnection, thread_id: str) -> str | None:
    """The turn that may run now in a thread, marked as published."""
    active = await active_in_thread(connection, thread_id)
    if not active or active[0].status != TurnStatus.QUEUED:
        return None
    await update(connection, active[0].id, {"published_at": _now})
    return str(active[0].id)


async def expire(connection: AsyncConnection, limit: int) -> Sequence[Row]:
    """Take running turns whose lease has passed back to the queue; each counts as a failure."""
    return (await connection.execute(_EXPIRE, {"limit": limit})).all()


async def republish(connection: AsyncConnection, silence: timedelta, limit: int) -> Sequence[Row]:
    """Queued turns that may run and whose job nobody took within `silence`."""
    return (await connection.execute(_REPUBLISH, {"silence": silence, "limit": limit})).all()


async def abandoned(connection: AsyncConnection, max_failures: int, limit: int) -> Sequence[Row]:
    """Queued turns that no worker may run any more: out of attempts, or cancelled in between."""
    query = (
        sa.select(turns)
        .where(
            turns.c.status == TurnStatus.QUEUED,
            sa.or_(turns.c.failures >= max_failures, turns.c.cancel.is_not(None)),
        )
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def note_disconnect(
    connection: AsyncConnection, owner: str, turn_id: str, grace: timedelta
) -> None:
    """Begin the grace of an active turn, unless its owner has been seen within as long."""
    seen = turns.c.seen_at > _now - grace
    await connection.execute(
        sa.update(turns)
        .where(
            turns.c.id == turn_id,
            turns.c.owner == owner,
            turns.c.status.in_(ACTIVE),
            sa.or_(turns.c.seen_at.is_(None), ~seen),
        )
        .values(disconnected_until=_now + grace)
    )


async def disconnected(connection: AsyncConnection, limit: int) -> Sequence[Row]:
    """Active turns whose plain client has been gone for longer than the grace period."""
    query = (
        sa.select(turns)
        .where(turns.c.status.in_(ACTIVE), turns.c.disconnected_until < _now)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def request_cancel(connection: AsyncConnection, turn_id: str, reason: CancelReason) -> None:
    """Note that the turn must stop. The first reason stays."""
    await connection.execute(
        sa.update(turns)
        .where(turns.c.id == turn_id, turns.c.status.in_(ACTIVE), turns.c.cancel.is_(None))
        .values(cancel=reason)
    )


async def dead_letters(connection: AsyncConnection, limit: int) -> Sequence[Row]:
    """Dead letters, newest first."""
    query = sa.select(turns).where(turns.c.dead).order_by(turns.c.ended_at.desc()).limit(limit)
    return (await connection.execute(query)).all()


async def purge(connection: AsyncConnection, retention: timedelta, limit: int) -> int:
    """Delete turns that ended longer ago than the retention; how many went."""
    old = sa.select(turns.c.id).where(turns.c.ended_at < _now - retention).limit(limit)
    return (await connection.execute(sa.delete(turns).where(turns.c.id.in_(old)))).rowcount
