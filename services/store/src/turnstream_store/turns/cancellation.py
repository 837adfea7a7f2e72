"""Stopping turns: a committed fact first, a message to whoever runs it second."""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.turns import CancelReason, TurnStatus
from turnstream.errors import NotFound

from turnstream_store.announcements import Announcement, CancelRequested, JobReady, TurnClosed
from turnstream_store.turns import queries as turns


async def cancel_turn(
    connection: AsyncConnection, row: Any, reason: CancelReason
) -> list[Announcement]:
    """Stop an active turn. Idempotent; a turn that has ended is left as it is.

    One that never ran ends here. One that runs is told to stop, and its worker ends it; the
    message is only the fast path, the worker also learns it when it renews its lease. One whose
    worker died is closed by the sweeper once the lease has passed.
    """
    await turns.request_cancel(connection, row.id, reason)
    if row.status == TurnStatus.QUEUED and row.attempt == 0:
        ended = await turns.end(connection, row.id, 0, TurnStatus.CANCELLED)
        if ended is not None:
            return [_never_ran(ended), *await promote_next(connection, ended.thread_id)]
    return [CancelRequested(row.id, reason)]


async def cancel_by_id(
    connection: AsyncConnection, owner: str, turn_id: str, reason: CancelReason
) -> tuple[Any, list[Announcement]]:
    """Stop a turn of the owner's; its row as it stands now. Raises `NotFound`."""
    row = await turns.load(connection, turn_id, owner, lock=True)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    announcements = []
    if not TurnStatus(row.status).ended:
        announcements = await cancel_turn(connection, row, reason)
    return await turns.load(connection, turn_id, owner), announcements


async def note_disconnect(
    connection: AsyncConnection, owner: str, turn_id: str, grace: timedelta
) -> None:
    """A plain client went away: unless it comes back within the grace, it counts as a Stop.

    A reload may be faster than the news of the connection that it closed: who looked at the
    thread within the grace before this news is back already.
    """
    await turns.note_disconnect(connection, owner, turn_id, grace)


async def promote_next(connection: AsyncConnection, thread_id: str) -> list[Announcement]:
    """The job of the turn that may run now in this thread, if one waits."""
    next_turn = await turns.next_in_line(connection, thread_id)
    return [JobReady(next_turn)] if next_turn else []


def _never_ran(row: Any) -> TurnClosed:
    return TurnClosed(row.id, 1, TurnStatus.CANCELLED, orjson.loads(row.opening), [])
