"""The life of a turn after its acceptance: claimed, kept alive, ended or given back."""

import orjson
from orjson import Fragment
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.items import required_actions
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    CancelReason,
    ClaimTurn,
    Json,
    LeasesRenewed,
    ReleaseTurn,
    RenewLeases,
    RequiredAction,
    TurnError,
    TurnStatus,
    TurnView,
)
from turnstream.errors import NotFound

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.approvals import queries as approvals
from turnstream_store.database.failures import WriteConflict
from turnstream_store.database.pools import Database
from turnstream_store.fencing import checked
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import documents
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.threads.tables import SEQS_PER_ATTEMPT
from turnstream_store.turns import claim_sql, lease_sql, metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.cancellation import promote_next
from turnstream_store.turns.claim_sql import Claimed
from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage.budgets import budget_of_turn

TRIES = 3
"""Claims that one wake-up may take: the second and the third wait for whatever was in the way."""
LOOKS = 100
"""Turns that one wake-up may find in line without a place. It holds each of them back, so that a
burst leaves no more than a few."""


async def claim_next(
    database: Database, command: ClaimTurn, settings: StoreSettings, limits: TenantLimits
) -> bytes:
    """Claim the turn whose turn it is: `ClaimedTurn` as JSON, or null if none waits.

    The turn that `command` names has woken the worker, and another one may be claimed. None is
    forgotten by that. Each turn is announced by a job when it may run, and a job is used up by a
    claim that takes a turn, whichever, or finds none to take: so there are never fewer jobs than
    turns that wait. A claim that finds none although one waits, because another transaction had
    its row locked, looks again and waits for the lock. What remains is found by the sweeper: jobs
    that Redis lost or had no room for, claims whose worker died over them, and a turn on its last
    attempt which this worker does not take.

    Whose turn it is, and so what its tenant allows it, is known once it is claimed.
    """
    may_fail, row = _failures_below(command, settings), None
    everyone = database.everyone()
    tries = 0
    for _ in range(LOOKS):
        try:
            async with everyone.connection() as connection:
                row = await claim_sql.claim_next(connection, command, may_fail, wait=tries > 0)
                if row is None and not await claim_sql.any_waits(connection, may_fail):
                    break
        except WriteConflict:  # another turn of the thread was claimed at the same moment
            row = None
        tries += row is None
        if tries == TRIES or (row is not None and row.id):
            break
    if row is None or not row.id:
        return b"null"
    return await _claimed(database, command, row, await limits.of(row.tenant))


async def claim(
    database: Database, tenant: str, command: ClaimTurn, settings: StoreSettings
) -> bytes:
    """Claim a queued turn for a worker: `ClaimedTurn` as JSON, or null if it cannot be claimed."""
    may_fail = _failures_below(command, settings)
    try:
        async with database.of(tenant).connection() as connection:
            row = await claim_sql.claim(connection, tenant, command, may_fail)
    except WriteConflict:  # another turn of the thread was claimed at the same moment
        row = None
    return await _claimed(database, command, row, settings)


def _failures_below(command: ClaimTurn, settings: StoreSettings) -> int:
    return settings.max_attempts if command.accepts_last_attempt else settings.max_attempts - 1


async def _claimed(
    database: Database, command: ClaimTurn, row: Claimed | None, settings: StoreSettings
) -> bytes:
    """The answer to a claim. Where one statement could not keep the thread as it was before the
    turn, a second transaction completes the claim.
    """
    if row is not None:
        metrics.claimed(row.waited, row.overdue, command.lease)
    if row is not None and row.thread_before is None:
        async with database.of(row.tenant).session() as session:
            row = await complete_claim(session, row)
    return b"null" if row is None else _claimed_document(row, settings)


async def complete_claim(session: AsyncSession, claimed: Claimed) -> Claimed | None:
    """Bring the thread into the state that the turn looks back on, once for all its attempts.

    A retried answer is deleted, and a message that waited moves behind the answers before it. If
    this transaction is lost, `thread_before` is still None, and the next claim of the turn
    completes it. None when the attempt is not the newest any more.
    """
    owner = Owner(claimed.tenant, claimed.owner)
    if not await turns.holds(session, owner, claimed.id, claimed.attempt):
        return None
    thread_id = claimed.thread_id
    if claimed.kind == "threads.retry_after_item":
        message = await items.load(session, owner, thread_id, claimed.input_item_id or "")
        if message is not None:
            await items.remove_after(session, owner, thread_id, message.seq, spare_turn=claimed.id)
    else:
        await items.move_to_end(session, owner, thread_id, claimed.id)
    return await claim_sql.complete(session, owner, claimed.id, claimed.attempt)


def _claimed_document(row: Claimed, settings: StoreSettings) -> bytes:
    """A claimed turn as `ClaimedTurn`, its JSON passed on as it is stored."""
    budget = budget_of_turn(settings)
    return orjson.dumps(
        {
            "turn_id": row.id,
            "thread_id": row.thread_id,
            "attempt": row.attempt,
            "final_attempt": row.failures + 1 >= settings.max_attempts,
            "request": Fragment(row.request),
            "context": Fragment(row.context),
            "credentials": row.credentials,
            "opening": Fragment(row.opening),
            "prelude": Fragment(row.prelude),
            "thread": Fragment(row.thread_before or "null"),
            "input_item": Fragment(row.input_item or "null"),
            "own_items": [Fragment(payload) for payload in row.own_items],
            "made_items": [Fragment(form) for form in row.made_items],
            "items": [Fragment(payload) for payload in row.newest],
            "has_more_items": row.has_more_items,
            "first_seq": row.seq + 1,
            "seqs": SEQS_PER_ATTEMPT - 1,
            "last_error": Fragment(row.error or "null"),
            "keep_journals": settings.keep_journals,
            "waited": row.waited,
            "age": row.age,
            "budget": None if budget is None else budget.model_dump(mode="json"),
        }
    )


async def renew_leases(database: Database, command: RenewLeases) -> LeasesRenewed:
    """Extend the leases of all of a worker's turns in one statement."""
    async with database.everyone().connection() as connection:
        leases = await lease_sql.renew(connection, command)
    cancelled = {lease.turn_id: CancelReason(lease.cancel) for lease in leases if lease.cancel}
    return LeasesRenewed(held=[lease.turn_id for lease in leases], cancelled=cancelled)


async def release_turn(
    session: AsyncSession, owner: Owner, turn_id: str, command: ReleaseTurn
) -> list[Announcement]:
    """Give a turn back to the queue, to be run again after a delay. Raises `Fenced`."""
    checked(await turns.release(session, owner, turn_id, command), turn_id)
    if command.delay:
        return await promote_next(session, owner)
    return [JobReady(turn_id, owner.tenant)]


async def view_turn(
    session: AsyncSession, owner: Owner, turn_id: str, *, present: bool = False
) -> TurnView:
    """A turn of the owner's; `present` when they come to watch it. Raises `NotFound`."""
    row = await turns.load(session, owner, turn_id)
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    if present:
        await threads.came_back(session, owner, row.thread_id)
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
    return list(required_actions(shown, {call["item_id"] for call in calls}))


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
    await threads.came_back(session, owner, thread_id)
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
