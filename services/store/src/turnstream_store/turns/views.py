"""What owners are shown of their turns: how one stands, and all of one whose log is gone."""

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.items import required_actions
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    Json,
    RequiredAction,
    TurnError,
    TurnStatus,
    TurnView,
)
from turnstream.errors import NotFound

from turnstream_store.approvals import queries as approvals
from turnstream_store.threads import documents
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.turns import queries as turns
from turnstream_store.turns.tables import TurnRow


async def view_turn(
    session: AsyncSession, owner: Owner, turn_id: str, *, present: bool = False
) -> TurnView:
    """A turn of the owner's; `present` when they come to watch it. Raises `NotFound`."""
    row = await turns.load(session, owner, turn_id)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    if present:
        await turns.came_back(session, owner, row.thread_id)
    actions = await _required_actions(session, owner, row)
    return _view(row).model_copy(update={"required_actions": actions})


async def _required_actions(
    session: AsyncSession, owner: Owner, turn: TurnRow
) -> list[RequiredAction]:
    """What a completed turn left waiting and what nobody has answered since."""
    if turn.status != TurnStatus.COMPLETED:
        return []
    shown = await items.visible_of_turn(session, owner, turn.thread_id, turn.id)
    calls = await approvals.waiting_calls(session, owner, turn.id)
    return list(required_actions(shown, {call.item_id for call in calls}))


async def worker_of(session: AsyncSession, owner: Owner, turn_id: str) -> str | None:
    """The instance that runs a turn of the owner's, if one does. Raises `NotFound`."""
    row = await turns.load(session, owner, turn_id)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    return row.worker if row.status == TurnStatus.RUNNING else None


async def active_turn(
    session: AsyncSession, owner: Owner, thread_id: str, *, or_failed: bool = False
) -> TurnView:
    """The running turn of a thread of the owner's, or the first that waits. Where there is none
    and with `or_failed`, its newest turn if that failed. Raises `NotFound`.
    """
    if await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    active = await turns.active_in_thread(session, owner, thread_id)
    if not active:
        newest = await turns.newest_in_thread(session, owner, thread_id) if or_failed else None
        if newest is not None and newest.status == TurnStatus.FAILED:
            return _view(newest)
        raise NotFound("The thread has no active turn.")
    await turns.came_back(session, owner, thread_id)
    return _view(active[0])


async def replay_of(session: AsyncSession, owner: Owner, turn_id: str) -> list[Json]:
    """What a viewer of a turn must see when its log is gone: opening, stored items, the thread as
    the turn may have changed it, its error.
    """
    row = await turns.load(session, owner, turn_id)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    events: list[Json] = orjson.loads(row.opening)
    events += await items.events_of_turn(session, owner, turn_id, row.thread_id)
    thread = await threads.load(session, owner, row.thread_id)
    if thread is not None:
        events.append(documents.updated_event(thread))
    error = orjson.loads(row.error) if row.error else None
    if row.status == TurnStatus.FAILED and error and error.get("event"):
        events.append(error["event"])
    return events


def _view(row: TurnRow) -> TurnView:
    """A turn as its owner may see it."""
    return TurnView(
        turn_id=row.id,
        thread_id=row.thread_id,
        kind=row.kind,
        status=TurnStatus(row.status),
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        error=TurnError.model_validate_json(row.error).for_user() if row.error else None,
    )
