"""Queries on runs that wait for a person."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from turnstream_store.approvals.tables import paused_runs
from turnstream_store.database.columns import Row


async def save(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Add the paused run of a turn, or replace it while nobody has taken it up."""
    statement = insert(paused_runs).values(**values)
    changed = {"state": statement.excluded.state, "calls": statement.excluded.calls}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["turn_id"], set_=changed, where=paused_runs.c.resumed_by.is_(None)
        )
    )


async def lock_newest(
    connection: AsyncConnection,
    owner: str,
    thread_id: str,
    *,
    turn_id: str,
    call_id: str | None,
) -> Row | None:
    """The newest paused run of a thread, locked, in which that call waited, or any.

    The turn may run again: the run that it took up comes before all others, and the one with
    which it ended itself is left out.
    """
    query = sa.select(paused_runs).where(
        paused_runs.c.thread_id == thread_id,
        paused_runs.c.owner == owner,
        paused_runs.c.turn_id != turn_id,
    )
    if call_id is not None:
        query = query.where(paused_runs.c.calls.contains([{"call_id": call_id}]))
    query = query.order_by(
        paused_runs.c.resumed_by.is_not_distinct_from(turn_id).desc(),
        paused_runs.c.paused_at.desc(),
        paused_runs.c.turn_id.desc(),
    )
    return (await connection.execute(query.limit(1).with_for_update())).one_or_none()


async def take(
    connection: AsyncConnection, turn_id: str, resumed_by: str, decision: dict[str, Any]
) -> None:
    """Note which turn takes up a locked run, and how."""
    await connection.execute(
        sa.update(paused_runs)
        .where(paused_runs.c.turn_id == turn_id)
        .values(resumed_by=resumed_by, decision=decision)
    )
