"""The life of a turn after its acceptance: claimed, kept alive, ended or given back."""

from typing import Any

import orjson
import sqlalchemy as sa
from orjson import Fragment
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.turns import (
    ClaimTurn,
    Json,
    LeasesRenewed,
    ReleaseTurn,
    RenewLeases,
    TurnError,
    TurnStatus,
    TurnView,
)
from turnstream.errors import NotFound

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.database.columns import Row
from turnstream_store.database.transactions import Database, WriteConflict
from turnstream_store.fencing import refused
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.threads.tables import PLACES
from turnstream_store.turns import claim_sql as claims
from turnstream_store.turns import queries as turns


async def claim(database: Database, command: ClaimTurn, settings: StoreSettings) -> bytes:
    """Claim a queued turn for a worker: `ClaimedTurn` as JSON, or null if it cannot be claimed.

    One statement claims. Where it could not keep the thread as it was before the turn, a second
    transaction completes the claim.
    """
    may_fail = settings.max_attempts if command.accepts_last_attempt else settings.max_attempts - 1
    try:
        async with database.statement() as connection:
            claimed = await claims.claim(connection, command, failures_below=may_fail)
    except WriteConflict:  # another turn of the thread was claimed at the same moment
        claimed = None
    if claimed is not None and claimed["thread_before"] is None:
        async with database.transaction() as connection:
            claimed = await complete_claim(connection, claimed)
    return b"null" if claimed is None else _claimed_document(claimed, settings)


async def complete_claim(connection: AsyncConnection, claimed: Row) -> Row | None:
    """Bring the thread into the state that the turn looks back on, once for all its attempts.

    A retried answer is deleted, and a message that waited moves behind the answers before it. If
    this transaction is lost, `thread_before` is still None, and the next claim of the turn
    completes it. None when the attempt is not the newest any more.
    """
    if not await turns.holds(connection, claimed["id"], claimed["attempt"]):
        return None
    thread_id = claimed["thread_id"]
    if claimed["kind"] == "threads.retry_after_item":
        message = await items.load(
            connection, claimed["owner"], thread_id, claimed["input_item_id"]
        )
        if message is not None:
            await items.delete_after(connection, thread_id, message.seq, spare_turn=claimed["id"])
    else:
        await items.move_to_end(connection, thread_id, claimed["id"])
    return await claims.complete(connection, claimed["id"], claimed["attempt"])


def _claimed_document(row: Row, settings: StoreSettings) -> bytes:
    """A claimed turn as `ClaimedTurn`, its JSON passed on as it is stored."""
    newest = row["newest"][: claims.NEWEST_ITEMS]
    return orjson.dumps(
        {
            "turn_id": row["id"],
            "thread_id": row["thread_id"],
            "attempt": row["attempt"],
            "final_attempt": row["failures"] + 1 >= settings.max_attempts,
            "request": Fragment(row["request"]),
            "context": Fragment(row["context"]),
            "opening": Fragment(row["opening"]),
            "prelude": Fragment(row["prelude"]),
            "thread": Fragment(row["thread_before"]),
            "input_item": Fragment(row["input_item"] or "null"),
            "own_items": [Fragment(payload) for payload in row["own_items"]],
            "made_items": [Fragment(form) for form in row["made_items"]],
            "items": [Fragment(payload) for payload in newest],
            "has_more_items": len(row["newest"]) > len(newest),
            "first_seq": row["place"] + 1,
            "seqs": PLACES - 1,
        }
    )


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
