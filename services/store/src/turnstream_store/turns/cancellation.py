"""Stopping turns: the fact is committed first, then a message goes to the worker that runs it."""

from datetime import timedelta

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason, TurnEnd, TurnStatus
from turnstream.errors import NotFound

from turnstream_store.announcements import Announcement, CancelRequested, TurnClosed
from turnstream_store.database.owners import owner_of_row
from turnstream_store.turns import metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.tables import TurnRow
from turnstream_store.turns.waiting.promotion import promote_next
from turnstream_store.webhooks.outbox_sql import note_end


async def cancel_turn(
    session: AsyncSession, row: TurnRow, reason: CancelReason
) -> list[Announcement]:
    """Stop an active turn. Idempotent; a turn that has ended is left as it is.

    One that never ran ends here. One that runs is told to stop, and its worker ends it; the
    message is only the fast path, the worker also learns it when it renews its lease. One whose
    worker died is closed by the sweeper once the lease has passed.
    """
    owner = owner_of_row(row)
    await turns.request_cancel(session, owner, row.id, reason)
    never_ran = row.status == TurnStatus.QUEUED and row.attempt == 0
    cancelled = TurnEnd(status=TurnStatus.CANCELLED)
    if never_ran and await turns.end(session, owner, row.id, 0, cancelled):
        await note_end(session, owner, row.id)
        metrics.ended(owner.tenant, cancelled)
        closed = TurnClosed(row.id, 1, TurnStatus.CANCELLED, orjson.loads(row.opening), [])
        return [closed, *await promote_next(session, owner)]
    return [CancelRequested(row.id, reason)]


async def cancel_by_id(
    session: AsyncSession, owner: Owner, turn_id: str, reason: CancelReason
) -> list[Announcement]:
    """Stop a turn of the owner's. Raises `NotFound`."""
    row = await turns.load(session, owner, turn_id, lock=True)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    return [] if TurnStatus(row.status).ended else await cancel_turn(session, row, reason)


async def note_disconnect(
    session: AsyncSession, owner: Owner, turn_id: str, grace: timedelta
) -> None:
    """Note that a plain client disconnected. Unless it comes back within the grace, it is a Stop.

    A reload may be handled before the disconnect that it caused is reported. So an owner who read
    the thread within the grace before the report is already back.
    """
    await turns.note_disconnect(session, owner, turn_id, grace)
