"""Acceptance: a streaming request becomes a turn, and all that it implies is written with it.

When the transaction commits the request cannot be lost any more. When it fails nothing of it is
left. The lock on the thread's row puts the acceptances of a thread in one order.

Every limit of an acceptance is enforced once, whoever asks: a user, a schedule, an operator. What a
tenant has too many of is refused before any statement (`under_way`); where a budget is used up,
before anything is written; what a user, a session and a thread may have, by the statements that
write (`limits_sql`), on either path.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import digest, new_thread_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    AcceptTurn,
    BusyPolicy,
    CancelReason,
    Json,
    TurnAccepted,
    TurnStatus,
)
from turnstream.errors import (
    IdempotencyKeyReused,
    NotFound,
    ThreadBusy,
    ThreadFull,
    TooManyThreads,
    TooManyTurns,
    TooManyTurnsOfSession,
    TurnstreamError,
)
from turnstream.thread_status import check_active, is_active
from turnstream.usage.budgets import has_budgets

from turnstream_store.announcements import Announcement, JobReady, TurnOpened, opening_frames
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database, TenantDatabase
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import documents
from turnstream_store.threads import queries as threads
from turnstream_store.turns import metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.acceptance import effects as implied
from turnstream_store.turns.acceptance import sql
from turnstream_store.turns.acceptance.effects import AcceptanceEffects
from turnstream_store.turns.acceptance.limits_sql import AcceptancesAhead, Bounds
from turnstream_store.turns.acceptance.sql import NewThread, NewTurn
from turnstream_store.turns.acceptance.under_way import Placement
from turnstream_store.turns.cancellation import cancel_turn
from turnstream_store.turns.tables import TurnRow
from turnstream_store.turns.waiting.promotion import promote_next
from turnstream_store.usage.rules import check_left


class AcceptedTurn(NamedTuple):
    """A turn, and what must be announced once it is committed."""

    document: bytes
    """`TurnAccepted` as JSON."""
    thread_id: str
    announcements: Sequence[Announcement]
    held_back: bool = False
    """True when the turn must wait for another one."""
    existing: bool = False
    """True when it was accepted before."""


async def accept(
    database: Database, command: AcceptTurn, settings: StoreSettings, placement: Placement
) -> AcceptedTurn:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Most requests are messages that imply nothing else; one or two statements accept such a message
    if nothing is in its way. Everything else takes the second path, which knows every case.

    A turn that is held back waits for another turn, which may end while it is accepted: neither
    transaction sees the other. So it is looked for once more when it is committed.

    Raises `NotFound` (no such thread, item or attachment of this user), `TooManyThreads`,
    `ThreadFull`, `ThreadLocked`, `ThreadClosed`, `NothingPending`, `Unprocessable`, `ThreadBusy`,
    `TooManyTurns`, `TooManyTurnsOfSession`, `BudgetExhausted` and `IdempotencyKeyReused`. A
    `WriteConflict` means that the same key is being accepted just now.
    """
    owner = command.context.owner
    theirs, accepted = database.of(owner.tenant), None
    await _check_budgets(theirs.session, command, settings)
    if _is_plain_message(command.request):
        accepted = await _accept_plain_message(theirs, command, settings, placement)
    if accepted is None:
        async with theirs.session() as session:
            accepted = await _accept_any(session, command, settings, placement)
    return await promote_missed(database, owner, accepted, placement)


async def promote_missed(
    database: Database, owner: Owner, accepted: AcceptedTurn, placement: Placement
) -> AcceptedTurn:
    """The acceptance, once it is committed, with the jobs of turns of the owner's that may run."""
    if not accepted.existing:
        metrics.accepted(owner.tenant)
    if not accepted.held_back:
        return accepted
    jobs: list[Announcement] = []
    async with database.of(owner.tenant).session() as session:
        while more := await promote_next(session, owner, placement.others()):
            jobs += more
    return accepted._replace(announcements=[*jobs, *accepted.announcements])


def _is_plain_message(request: Json) -> bool:
    """True for a message without attachments: those have to be bound to their thread first."""
    says = request["type"] in ("threads.create", "threads.add_user_message")
    return says and not request["params"]["input"].get("attachments")


async def _accept_plain_message(
    database: TenantDatabase, command: AcceptTurn, settings: StoreSettings, placement: Placement
) -> AcceptedTurn | None:
    """Accept a message for a new thread, or for an open one in which no turn runs or waits.

    None, and nothing is written, in every other case.
    """
    params = command.request["params"]
    created_at = datetime.now(UTC) if command.request["type"] == "threads.create" else None
    session_id = command.context.session_id
    thread_id = new_thread_id(session_id) if created_at else params["thread_id"]
    effects = implied.user_message(params["input"], thread_id)
    opening = [*effects.opening]
    if created_at:
        opening.insert(0, documents.created_event(thread_id, created_at))
    turn = _turn(command, thread_id, opening, effects, settings)
    if created_at:
        async with database.connection() as connection:
            bounds = _bounds(settings, placement.ahead())
            written = await sql.begin_thread(connection, turn, effects.message, bounds, created_at)
    else:
        async with database.transaction() as connection:
            status = await sql.lock_thread(connection, command.context.owner, thread_id)
            is_free = status is not None and is_active({"status": status})
            if not is_free:
                return None
            bounds = _bounds(settings, placement.ahead())
            written = await sql.write_if_free(connection, turn, effects.message, bounds)
    if written.held_back is None:
        placement.end()  # the other path may have to wait for a connection
        return None
    return _accepted(turn, command, opening, written.held_back)


async def accept_within(
    session: AsyncSession, command: AcceptTurn, settings: StoreSettings, placement: Placement
) -> AcceptedTurn:
    """Accept any request, in a transaction that may do more. Give what it answers to
    `promote_missed` once it is committed. Raises what `accept` raises.
    """
    await _check_budgets(lambda: nullcontext(session), command, settings)
    return await _accept_any(session, command, settings, placement)


async def _check_budgets(
    session_of: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    command: AcceptTurn,
    settings: StoreSettings,
) -> None:
    """Raise `BudgetExhausted`. Where nobody has a budget no session is begun for it."""
    if has_budgets(settings):
        async with session_of() as session:
            await check_left(session, command, settings)


async def _accept_any(
    session: AsyncSession, command: AcceptTurn, settings: StoreSettings, placement: Placement
) -> AcceptedTurn:
    """The path that knows every case.

    Every statement after the lock sees what the holder of the lock before wrote.
    """
    owner, request = command.context.owner, command.request
    creates = request["type"] == "threads.create"
    session_id = command.context.session_id
    thread_id = new_thread_id(session_id) if creates else request["params"]["thread_id"]
    thread = None if creates else await threads.load(session, owner, thread_id, lock=True)
    earlier = await turns.accepted_earlier(session, owner, command.turn_id, command.idempotency_key)
    if earlier is not None:
        return await _accepted_earlier(session, command, earlier)
    opening: list[Json] = []
    announcements: list[Announcement] = []
    if not creates:
        if thread is None:
            raise NotFound(f"There is no thread {thread_id}.")
        # An assistant changes the status under the same row lock: it did so before us and we see
        # it, or it waits for us and this turn was accepted before.
        check_active({"status": thread.status})
        announcements += await _make_room(session, thread_id, command, settings)
    bounds = _bounds(settings, placement.ahead())
    if creates:
        new = NewThread(thread_id, *owner, datetime.now(UTC), session_id)
        if not await sql.add_thread(session, new, bounds):
            raise _refusal(TooManyThreads.code, bounds)
        opening.append(documents.created_event(thread_id, new.created_at))
    effects = await implied.apply(session, request, thread_id, owner)
    opening += effects.opening
    turn = _turn(command, thread_id, opening, effects, settings)
    written = await sql.write(session, turn, effects.message, bounds)
    if written.held_back is None:
        raise _refusal(written.reached, bounds)
    accepted = _accepted(turn, command, opening, written.held_back)
    return accepted._replace(announcements=[*announcements, *accepted.announcements])


def _refusal(reached: str | None, bounds: Bounds) -> TurnstreamError:
    """The error for the limit that an acceptance has met."""
    match reached:
        case TooManyThreads.code:
            most = bounds.threads_per_user
            return TooManyThreads(f"At most {most} threads of a user. Delete some first.")
        case ThreadFull.code:
            most = bounds.items_per_thread
            return ThreadFull(f"At most {most} items in a thread. Begin a new one.")
        case TooManyTurnsOfSession.code:
            most = bounds.turns_per_session
            return TooManyTurnsOfSession(f"At most {most} turns at a time in one session.")
        case _:
            return TooManyTurns(f"At most {bounds.turns_per_user} turns at a time.")


async def _accepted_earlier(
    session: AsyncSession, command: AcceptTurn, row: TurnRow
) -> AcceptedTurn:
    """The answer for a turn that was accepted before. Raises `IdempotencyKeyReused`."""
    if row.fingerprint != _fingerprint(command.request):
        raise IdempotencyKeyReused()
    await turns.came_back(session, owner_of_row(row), row.thread_id)
    accepted = TurnAccepted(
        turn_id=row.id,
        thread_id=row.thread_id,
        opening=opening_frames(orjson.loads(row.opening)).decode(),
        existing=True,
    )
    return AcceptedTurn(accepted.model_dump_json().encode(), row.thread_id, [], existing=True)


def _accepted(
    turn: NewTurn, command: AcceptTurn, opening: Sequence[Json], held_back: bool
) -> AcceptedTurn:
    frames = opening_frames(opening)
    accepted = TurnAccepted(turn_id=turn.id, thread_id=turn.thread_id, opening=frames.decode())
    announced: list[Announcement] = [TurnOpened(turn.id, frames)]
    if not held_back:
        # The job first: a worker waits for it. One that writes before the log is begun begins it
        # with the same opening, and the later one changes nothing.
        announced.insert(0, JobReady(turn.id, command.context.tenant))
    return AcceptedTurn(accepted.model_dump_json().encode(), turn.thread_id, announced, held_back)


def _bounds(settings: StoreSettings, ahead: AcceptancesAhead) -> Bounds:
    return Bounds(
        turns_per_user=settings.max_turns_per_user,
        turns_per_session=settings.max_turns_per_session,
        ahead=ahead,
        threads_per_user=settings.max_threads_per_user,
        items_per_thread=settings.max_items_per_thread,
    )


def _turn(
    command: AcceptTurn,
    thread_id: str,
    opening: Sequence[Json],
    effects: AcceptanceEffects,
    settings: StoreSettings,
) -> NewTurn:
    return NewTurn(
        id=command.turn_id,
        thread_id=thread_id,
        tenant=command.context.tenant,
        owner=command.context.user_id,
        idempotency_key=command.idempotency_key,
        kind=command.request["type"],
        fingerprint=_fingerprint(command.request),
        request=orjson.dumps(command.request).decode(),
        context=command.context.model_dump_json(exclude_none=True),
        opening=orjson.dumps(opening).decode(),
        prelude=orjson.dumps(effects.prelude).decode(),
        input_item_id=effects.input_item_id,
        session_id=command.context.session_id,
        tenant_share=settings.tenant_share,
        max_running=settings.max_running_turns_per_user,
        credentials=command.credentials,
        max_running_of_session=settings.max_running_turns_per_session,
    )


def _fingerprint(request: Json) -> str:
    return digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode())


async def _make_room(
    session: AsyncSession, thread_id: str, command: AcceptTurn, settings: StoreSettings
) -> list[Announcement]:
    """Apply the policy for a second message in a busy thread.

    A retry always interrupts: what runs now would be deleted by it.
    """
    active = await turns.active_in_thread(session, command.context.owner, thread_id)
    if not active:
        return []
    retries = command.request["type"] == "threads.retry_after_item"
    if command.when_busy is BusyPolicy.REJECT:
        raise ThreadBusy(f"Turn {active[0].id} is {active[0].status}.")
    if retries or command.when_busy is BusyPolicy.INTERRUPT:
        announcements: list[Announcement] = []
        for row in active:
            announcements += await cancel_turn(session, row, CancelReason.INTERRUPT)
        return announcements
    waiting = sum(row.status == TurnStatus.QUEUED for row in active)
    if waiting >= settings.max_queued_per_thread:
        raise TooManyTurns(f"{waiting} turns wait in this thread already.")
    return []
