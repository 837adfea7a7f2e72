"""The life of a turn after its acceptance: claimed, kept alive, ended or given back."""

from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.turns import (
    ClaimedTurn,
    ClaimTurn,
    Json,
    LeasesRenewed,
    ReleaseTurn,
    RenewLeases,
    RequestContext,
    TurnError,
    TurnStatus,
    TurnView,
)
from turnstream.errors import NotFound

from store.announcements import Announcement, JobReady
from store.fencing import refused
from store.models import PLACES
from store.repositories import items, threads, turns
from store.repositories.windows import Window
from store.settings import StoreSettings

NEWEST_ITEMS = 30
"""Items sent along with a claim: as many as an assistant usually looks at, so that loading the
history costs no second round trip."""


async def claim_turn(
    connection: AsyncConnection, command: ClaimTurn, settings: StoreSettings
) -> ClaimedTurn | None:
    """Give a worker the right to run a turn, with all it needs; None when it can't be had."""
    may_fail = settings.max_attempts if command.takes_suspect else settings.max_attempts - 1
    row = await turns.claim(connection, command, failures_below=may_fail)
    if row is None:
        return None
    if row.thread_before is None:
        row = await _begin(connection, row)
    page, has_more = await items.page(
        connection, row.thread_id, Window(NEWEST_ITEMS), seen_by=(row.id, row.attempt)
    )
    own = await items.made_by(connection, row.id, row.thread_id)
    return ClaimedTurn(
        turn_id=row.id,
        thread_id=row.thread_id,
        attempt=row.attempt,
        final_attempt=row.failures + 1 >= settings.max_attempts,
        request=orjson.loads(row.request),
        context=RequestContext.model_validate_json(row.context),
        opening=orjson.loads(row.opening),
        prelude=orjson.loads(row.prelude),
        thread=orjson.loads(row.thread_before),
        input_item=await _input_item(connection, row),
        own_items=[orjson.loads(item.payload) for item in own],
        made_items=[orjson.loads(item.made) for item in own if item.made],
        items=[orjson.loads(payload) for _, payload in page],
        has_more_items=has_more,
        first_place=await items.next_places(connection),
        places=PLACES - 1,
    )


async def _begin(connection: AsyncConnection, row: Any) -> Any:
    """The first attempt: settle what the turn looks back on, once and for all its attempts."""
    thread = await threads.load(connection, row.owner, row.thread_id)
    if thread is None:
        raise NotFound(f"There is no thread {row.thread_id}.")
    if row.kind == "threads.retry_after_item":
        message = await items.load(connection, row.owner, row.thread_id, row.input_item_id)
        if message is not None:
            await items.delete_after(connection, row.thread_id, message.seq, spare_turn=row.id)
    else:
        await items.move_to_end(connection, row.thread_id, row.id)
    before = orjson.dumps(threads.metadata_json(thread)).decode()
    return await turns.update_running(connection, row.id, row.attempt, {"thread_before": before})


async def _input_item(connection: AsyncConnection, row: Any) -> Json | None:
    if row.input_item_id is None:
        return None
    item = await items.load(connection, row.owner, row.thread_id, row.input_item_id)
    loaded: Json | None = orjson.loads(item.payload) if item is not None else None
    return loaded


async def renew_leases(connection: AsyncConnection, command: RenewLeases) -> LeasesRenewed:
    """Extend the leases of all of a worker's turns in one statement."""
    held = await turns.renew(connection, command.lease, command.turns)
    cancelled = {turn_id: reason for turn_id, reason in held.items() if reason is not None}
    return LeasesRenewed.model_validate({"held": list(held), "cancelled": cancelled})


async def release_turn(
    connection: AsyncConnection, turn_id: str, command: ReleaseTurn
) -> list[Announcement]:
    """Give a turn back to the queue, to be run again after a delay. Raises `Fenced`."""
    values: dict[str, Any] = {
        "status": TurnStatus.QUEUED,
        "worker": None,
        "lease_until": None,
        "not_before": sa.func.now() + command.delay,
        "published_at": sa.func.now(),
    }
    if command.count_as_failed:
        values["failures"] = sa.text("failures + 1")
    if command.error is not None:
        values["error"] = command.error.model_dump_json(exclude_none=True)
    row = await turns.update_running(connection, turn_id, command.attempt, values)
    if row is None:
        raise refused(turn_id)
    return [] if command.delay else [JobReady(turn_id)]


async def view_turn(
    connection: AsyncConnection, owner: str, turn_id: str, *, present: bool
) -> TurnView:
    """A turn of the owner's; `present` when they come to watch it. Raises `NotFound`."""
    row = await turns.load(connection, turn_id, owner)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    if present:
        await threads.came_back(connection, row.thread_id)
    return view(row)


async def active_turn(connection: AsyncConnection, owner: str, thread_id: str) -> TurnView:
    """The running turn of a thread of the owner's, or the first that waits. Raises `NotFound`."""
    if await threads.load(connection, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    active = await turns.active_in_thread(connection, thread_id)
    if not active:
        raise NotFound("The thread has no active turn.")
    await threads.came_back(connection, thread_id)
    return view(active[0])


async def replay_of(connection: AsyncConnection, owner: str, turn_id: str) -> list[Json]:
    """What a viewer of a turn must see when its log is gone: opening, stored items, the thread as
    the turn may have changed it, its error.
    """
    row = await turns.load(connection, turn_id, owner)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    events: list[Json] = orjson.loads(row.opening)
    events += await items.shown_by(connection, turn_id, row.thread_id)
    thread = await threads.load(connection, owner, row.thread_id)
    if thread is not None:
        events.append(threads.updated_event(thread))
    error = orjson.loads(row.error) if row.error else None
    if row.status == TurnStatus.FAILED and error and error.get("event"):
        events.append(error["event"])
    return events


def view(row: Any) -> TurnView:
    """A turn as its owner may see it."""
    return TurnView(
        turn_id=row.id,
        thread_id=row.thread_id,
        kind=row.kind,
        status=TurnStatus(row.status),
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        error=TurnError.model_validate_json(row.error) if row.error else None,
    )
