"""Turns are claimed for workers, kept alive by leases, and given back."""

import orjson
from orjson import Fragment
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    CancelReason,
    ClaimTurn,
    ReleaseTurn,
    RenewedLeases,
    RenewLeases,
)
from turnstream.usage.budgets import budget_of_turn

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.database.failures import WriteConflict
from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Connection
from turnstream_store.fencing import checked
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import item_queries as items
from turnstream_store.threads.tables import SEQS_PER_ATTEMPT
from turnstream_store.turns import metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.attempts import claim_sql, lease_sql
from turnstream_store.turns.attempts.claim_sql import ClaimedRow
from turnstream_store.turns.waiting.promotion import promote_next

TRIES = 3
"""Claims that one wake-up may take: the second and the third wait for whatever was in the way."""
LOOKS = 100
"""Turns that one wake-up may find in line without a place. It holds each of them back, so that a
burst leaves no more than a few."""


async def claim_next(
    database: Database, command: ClaimTurn, settings: StoreSettings, limits: TenantLimits
) -> bytes:
    """Claim the turn that is next: `ClaimedTurn` as JSON, or null if none waits.

    The turn that `command` names only woke the worker; another one may be claimed, and none is
    forgotten. Each turn gets a job when it may run, and a claim uses up one job, whether it takes a
    turn or finds none: so there are never fewer jobs than turns that wait. A claim that finds only
    locked rows tries again and waits for the lock. The sweeper finds the rest: jobs that Redis lost
    or refused, claims whose worker died, and turns on their last attempt that this worker does not
    take.

    The tenant of the turn, and so its limits, is known only after the claim.
    """
    may_fail, row = _failures_below(command, settings), None
    all_tenants = database.all_tenants()
    tries = 0
    for _ in range(LOOKS):
        try:
            async with all_tenants.connection() as connection:
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
    database: Database, command: ClaimTurn, row: ClaimedRow | None, settings: StoreSettings
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


async def complete_claim(session: AsyncSession, claimed: ClaimedRow) -> ClaimedRow | None:
    """Bring the thread into the state that the turn looks back on, once for all its attempts.

    A retried answer is deleted, and a message that waited moves after the answers before it. If
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


def _claimed_document(row: ClaimedRow, settings: StoreSettings) -> bytes:
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


async def renew_leases(connection: Connection, command: RenewLeases) -> RenewedLeases:
    """Extend the leases of all of a worker's turns in one statement."""
    leases = await lease_sql.renew(connection, command)
    cancelled = {lease.turn_id: CancelReason(lease.cancel) for lease in leases if lease.cancel}
    return RenewedLeases(held=[lease.turn_id for lease in leases], cancelled=cancelled)


async def release_turn(
    session: AsyncSession, owner: Owner, turn_id: str, command: ReleaseTurn
) -> list[Announcement]:
    """Give a turn back to the queue, to be run again after a delay. Raises `Fenced`."""
    checked(await turns.release(session, owner, turn_id, command), turn_id)
    if command.delay:
        return await promote_next(session, owner)
    return [JobReady(turn_id, owner.tenant)]
