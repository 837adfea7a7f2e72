"""Acceptance: a streaming request becomes a turn, and all that it implies is written with it.

One transaction. When it commits the request can't be lost any more; when it fails nothing of it
is left. The lock on the thread's row puts the acceptances of a thread in one order; a new thread
needs no lock, and then one statement is enough.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.ids import digest, new_id
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
from turnstream_store.database.transactions import Clash
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import queries as threads
from turnstream_store.turns import acceptance_effects as implied
from turnstream_store.turns import acceptance_sql as acceptances
from turnstream_store.turns import queries as turns
from turnstream_store.turns.acceptance_effects import Implied
from turnstream_store.turns.acceptance_sql import NewTurn, Standing
from turnstream_store.turns.cancellation import cancel_turn


class Accepted(NamedTuple):
    """A turn, and what must be told of it once it is committed."""

    document: bytes
    """`TurnAccepted` as JSON."""
    announcements: Sequence[Announcement]


def begins_thread(request: Json) -> bool:
    """True for a request that `begin_thread` can accept."""
    return request["type"] == "threads.create" and _is_plain(request)


def _is_plain(message: Json) -> bool:
    """True for a message that implies nothing else: what is to be written is known before anything
    is asked. Attachments are bound to their thread first.
    """
    return not message["params"]["input"].get("attachments")


async def begin_thread(
    connection: AsyncConnection, command: AcceptTurn, settings: StoreSettings
) -> Accepted | None:
    """Accept a message that begins a thread, by one statement, which is its own transaction.

    None when that was not to be, and nothing was written: the user has too many turns, or it was
    accepted before. `accept_turn` knows what to say then.
    """
    thread_id, created_at = new_id("thr"), datetime.now(UTC)
    found = await implied.apply(connection, command.request, thread_id, command.context.user_id)
    opening = [threads.created_event(thread_id, created_at), *found.opening]
    turn = _turn(command, thread_id, opening, found)
    if not await acceptances.begin_thread(
        connection, turn, found.message, created_at, settings.max_turns_per_user
    ):
        return None
    return _accepted(command, thread_id, opening, [])


async def accept_turn(
    connection: AsyncConnection, command: AcceptTurn, settings: StoreSettings
) -> Accepted:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Raises `NotFound` (no such thread, item or attachment of this user), `ThreadLocked`,
    `ThreadClosed`, `NothingPending`, `Unprocessable`, `ThreadBusy`, `TooManyTurns` and
    `IdempotencyKeyReused`. A `Clash` means that the same key is being accepted at this moment.
    """
    owner, request = command.context.user_id, command.request
    begins = request["type"] == "threads.create"
    thread_id = new_id("thr") if begins else request["params"]["thread_id"]
    standing = await acceptances.look(
        connection, command.turn_id, thread_id, owner, command.idempotency_key
    )
    before = await _as_before(connection, command, standing, settings)
    if before is not None:
        return before
    says = request["type"] == "threads.add_user_message" and _is_plain(request)
    if says and standing.status and is_open({"status": standing.status}):
        accepted = await _say(connection, command, thread_id)
        if accepted is not None:
            return accepted
    opening: list[Json] = []
    announcements: list[Announcement] = []
    if begins:
        created_at = datetime.now(UTC)
        await threads.insert(connection, thread_id, owner, created_at)
        opening.append(threads.created_event(thread_id, created_at))
    else:
        announcements += await _enter(connection, thread_id, standing, command, settings)
    found = await implied.apply(connection, request, thread_id, owner)
    opening += found.opening
    await acceptances.write(connection, _turn(command, thread_id, opening, found), found.message)
    return _accepted(command, thread_id, opening, announcements)


async def _say(connection: AsyncConnection, command: AcceptTurn, thread_id: str) -> Accepted | None:
    """Accept a message for a locked, open thread in which nothing runs or waits.

    None when something does, or when it was accepted while we waited for the lock: nothing was
    written then. The statement that writes begins after the lock was had, so it sees both.
    """
    found = await implied.apply(connection, command.request, thread_id, command.context.user_id)
    turn = _turn(command, thread_id, found.opening, found)
    if not await acceptances.write_if_free(connection, turn, found.message):
        return None
    return _accepted(command, thread_id, found.opening, [])


async def _as_before(
    connection: AsyncConnection, command: AcceptTurn, standing: Standing, settings: StoreSettings
) -> Accepted | None:
    """What was accepted under this key before, if anything was."""
    row = standing.accepted
    if row is None:
        if standing.active >= settings.max_turns_per_user:
            raise TooManyTurns(f"At most {settings.max_turns_per_user} turns at a time.")
        return None
    await threads.came_back(connection, row["thread_id"])
    if row["fingerprint"] != _fingerprint(command.request):
        raise IdempotencyKeyReused()
    accepted = TurnAccepted(
        turn_id=row["id"],
        thread_id=row["thread_id"],
        opening=opening_frames(orjson.loads(row["opening"])).decode(),
        existing=True,
    )
    return Accepted(accepted.model_dump_json().encode(), [])


def _accepted(
    command: AcceptTurn,
    thread_id: str,
    opening: Sequence[Json],
    announcements: Sequence[Announcement],
) -> Accepted:
    turn_id, frames = command.turn_id, opening_frames(opening)
    accepted = TurnAccepted(turn_id=turn_id, thread_id=thread_id, opening=frames.decode())
    # The job first: a worker waits for it. One that writes before the log is begun begins it with
    # the same opening, and the later one changes nothing.
    announced = [*announcements, JobReady(turn_id), TurnOpened(turn_id, frames)]
    return Accepted(accepted.model_dump_json().encode(), announced)


def _turn(command: AcceptTurn, thread_id: str, opening: Sequence[Json], found: Implied) -> NewTurn:
    return NewTurn(
        id=command.turn_id,
        thread_id=thread_id,
        owner=command.context.user_id,
        idempotency_key=command.idempotency_key,
        kind=command.request["type"],
        fingerprint=_fingerprint(command.request),
        request=orjson.dumps(command.request).decode(),
        context=command.context.model_dump_json(exclude_none=True),
        opening=orjson.dumps(opening).decode(),
        prelude=orjson.dumps(found.prelude).decode(),
        input_item_id=found.input_item_id,
    )


def _fingerprint(request: Json) -> str:
    return digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode())


async def _enter(
    connection: AsyncConnection,
    thread_id: str,
    standing: Standing,
    command: AcceptTurn,
    settings: StoreSettings,
) -> list[Announcement]:
    """See that a locked thread is open and has room for the turn. Raises `Clash` when it was
    accepted while we waited for the lock: judged by what it wrote, the same request would fail.
    """
    if standing.status is None:
        raise NotFound(f"There is no thread {thread_id}.")
    now = await acceptances.look_under_lock(
        connection, command.turn_id, thread_id, command.context.user_id, command.idempotency_key
    )
    if now.accepted:
        raise Clash("The same request is being accepted at this moment.")
    # An assistant changes the status under the same row lock: it did so before us and we see it,
    # or it waits for us and this turn was accepted before.
    check_open({"status": standing.status})
    return await _make_room(connection, thread_id, command, settings) if now.busy else []


async def _make_room(
    connection: AsyncConnection, thread_id: str, command: AcceptTurn, settings: StoreSettings
) -> list[Announcement]:
    """Apply the policy for a second message in a busy thread.

    A retry always interrupts: what runs now would be deleted by it.
    """
    active = await turns.active_in_thread(connection, thread_id)
    retries = command.request["type"] == "threads.retry_after_item"
    if command.when_busy is BusyPolicy.REJECT:
        raise ThreadBusy(f"Turn {active[0].id} is {active[0].status}.")
    if retries or command.when_busy is BusyPolicy.INTERRUPT:
        announcements: list[Announcement] = []
        for row in active:
            announcements += await cancel_turn(connection, row, CancelReason.INTERRUPT)
        return announcements
    waiting = sum(row.status == TurnStatus.QUEUED for row in active)
    if waiting >= settings.max_queued_per_thread:
        raise TooManyTurns(f"{waiting} turns wait in this thread already.")
    return []
