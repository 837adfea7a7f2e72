"""Acceptance: a streaming request becomes a turn, and all that it implies is written with it.

When the transaction commits the request cannot be lost any more. When it fails nothing of it is
left. The lock on the thread's row puts the acceptances of a thread in one order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import digest, new_thread_id
from turnstream.contracts.turns import (
    AcceptTurn,
    BusyPolicy,
    CancelReason,
    Json,
    TurnAccepted,
    TurnStatus,
)
from turnstream.errors import IdempotencyKeyReused, NotFound, ThreadBusy, TooManyTurns
from turnstream.thread_status import check_open, is_open

from turnstream_store.announcements import Announcement, JobReady, TurnOpened, opening_frames
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database, TenantDatabase
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import documents
from turnstream_store.threads import queries as threads
from turnstream_store.turns import acceptance_effects, acceptance_sql
from turnstream_store.turns import queries as turns
from turnstream_store.turns.acceptance_effects import AcceptanceEffects
from turnstream_store.turns.acceptance_sql import NewTurn
from turnstream_store.turns.cancellation import cancel_turn
from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage.rules import check_left


class Accepted(NamedTuple):
    """A turn, and what must be announced once it is committed."""

    document: bytes
    """`TurnAccepted` as JSON."""
    announcements: Sequence[Announcement]


async def accept(database: Database, command: AcceptTurn, settings: StoreSettings) -> Accepted:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Most requests are messages that imply nothing else; one or two statements accept such a message
    if nothing is in its way. Everything else takes the second path, which knows every case.

    Raises `NotFound` (no such thread, item or attachment of this user), `ThreadLocked`,
    `ThreadClosed`, `NothingPending`, `Unprocessable`, `ThreadBusy`, `TooManyTurns`,
    `BudgetExhausted` and `IdempotencyKeyReused`. A `WriteConflict` means that the same key is being
    accepted just now.
    """
    theirs = database.of(command.context.tenant)
    await check_left(theirs, command, settings)
    if _is_plain_message(command.request):
        accepted = await _accept_plain_message(theirs, command, settings.max_turns_per_user)
        if accepted is not None:
            return accepted
    async with theirs.session() as session:
        return await _accept_any(session, command, settings)


def _is_plain_message(request: Json) -> bool:
    """True for a message without attachments: those have to be bound to their thread first."""
    says = request["type"] in ("threads.create", "threads.add_user_message")
    return says and not request["params"]["input"].get("attachments")


async def _accept_plain_message(
    database: TenantDatabase, command: AcceptTurn, limit: int
) -> Accepted | None:
    """Accept a message for a new thread, or for an open one in which no turn runs or waits.

    None, and nothing is written, in every other case.
    """
    params = command.request["params"]
    created_at = datetime.now(UTC) if command.request["type"] == "threads.create" else None
    session_id = command.context.session_id
    thread_id = new_thread_id(session_id) if created_at else params["thread_id"]
    effects = acceptance_effects.user_message(params["input"], thread_id)
    opening = [*effects.opening]
    if created_at:
        opening.insert(0, documents.created_event(thread_id, created_at))
    turn = _turn(command, thread_id, opening, effects)
    if created_at:
        async with database.connection() as connection:
            written = await acceptance_sql.begin_thread(
                connection, turn, effects.message, limit, created_at
            )
    else:
        async with database.transaction() as connection:
            status = await acceptance_sql.lock_thread(connection, command.context.owner, thread_id)
            is_free = status is not None and is_open({"status": status})
            written = is_free and await acceptance_sql.write_if_free(
                connection, turn, effects.message, limit
            )
    return _accepted(command, thread_id, opening) if written else None


async def _accept_any(
    session: AsyncSession, command: AcceptTurn, settings: StoreSettings
) -> Accepted:
    """Accept any request, in one transaction.

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
    if creates:
        created_at = datetime.now(UTC)
        await threads.add(session, thread_id, owner, created_at, session_id)
        opening.append(documents.created_event(thread_id, created_at))
    else:
        if thread is None:
            raise NotFound(f"There is no thread {thread_id}.")
        # An assistant changes the status under the same row lock: it did so before us and we see
        # it, or it waits for us and this turn was accepted before.
        check_open({"status": thread.status})
        announcements += await _make_room(session, thread_id, command, settings)
    effects = await acceptance_effects.apply(session, request, thread_id, owner)
    opening += effects.opening
    turn = _turn(command, thread_id, opening, effects)
    limit = settings.max_turns_per_user
    if not await acceptance_sql.write(session, turn, effects.message, limit):
        raise TooManyTurns(f"At most {limit} turns at a time.")
    return _accepted(command, thread_id, opening, announcements)


async def _accepted_earlier(session: AsyncSession, command: AcceptTurn, row: TurnRow) -> Accepted:
    """The answer for a turn that was accepted before. Raises `IdempotencyKeyReused`."""
    if row.fingerprint != _fingerprint(command.request):
        raise IdempotencyKeyReused()
    await threads.came_back(session, owner_of_row(row), row.thread_id)
    accepted = TurnAccepted(
        turn_id=row.id,
        thread_id=row.thread_id,
        opening=opening_frames(orjson.loads(row.opening)).decode(),
        existing=True,
    )
    return Accepted(accepted.model_dump_json().encode(), [])


def _accepted(
    command: AcceptTurn,
    thread_id: str,
    opening: Sequence[Json],
    announcements: Sequence[Announcement] = (),
) -> Accepted:
    turn_id, frames = command.turn_id, opening_frames(opening)
    accepted = TurnAccepted(turn_id=turn_id, thread_id=thread_id, opening=frames.decode())
    # The job first: a worker waits for it. One that writes before the log is begun begins it with
    # the same opening, and the later one changes nothing.
    job = JobReady(turn_id, command.context.tenant)
    announced = [*announcements, job, TurnOpened(turn_id, frames)]
    return Accepted(accepted.model_dump_json().encode(), announced)


def _turn(
    command: AcceptTurn, thread_id: str, opening: Sequence[Json], effects: AcceptanceEffects
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
