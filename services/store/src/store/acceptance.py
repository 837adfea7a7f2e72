"""Acceptance: a streaming request becomes a turn, and all that it implies is written with it.

One transaction. When it commits the request can't be lost any more; when it fails nothing of it
is left. The lock on the thread's row puts the acceptances of a thread in one order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.ids import digest, new_id
from turnstream.contracts.store_api import StoredItem
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
    NothingPending,
    ThreadBusy,
    TooManyTurns,
    Unprocessable,
)
from turnstream.thread_status import check_open

from store import inputs
from store.announcements import Announcement, JobReady, TurnOpened
from store.cancellation import cancel_turn
from store.models import Row
from store.repositories import acceptances, items, threads, turns
from store.repositories.acceptances import NewTurn, Standing
from store.settings import StoreSettings


class Implied(NamedTuple):
    """What a request implies besides the turn row."""

    opening: Sequence[Json] = ()
    """Events that viewers see at once."""
    prelude: Sequence[Json] = ()
    """Events that belong behind `stream_options`."""
    input_item_id: str | None = None
    """The item the assistant is handed: a user message, or the widget an action came from."""
    message: StoredItem | None = None
    """The user's message, yet to be written."""


async def accept_turn(
    connection: AsyncConnection, command: AcceptTurn, settings: StoreSettings
) -> tuple[TurnAccepted, list[Announcement]]:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Raises `NotFound` (no such thread, item or attachment of this user), `ThreadLocked`,
    `ThreadClosed`, `NothingPending`, `Unprocessable`, `ThreadBusy`, `TooManyTurns` and
    `IdempotencyKeyReused`. A `Clash` means that the same key is being accepted at this moment.
    """
    owner, request = command.context.user_id, command.request
    known_thread = request["params"]["thread_id"] if _in_a_thread(request) else None
    fingerprint = digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode())
    standing = await acceptances.look(
        connection, owner, command.turn_id, command.idempotency_key, known_thread
    )
    if standing.accepted is not None:
        await threads.came_back(connection, standing.accepted["thread_id"])
        return _as_before(standing.accepted, fingerprint), []
    if standing.active >= settings.max_turns_per_user:
        raise TooManyTurns(f"At most {settings.max_turns_per_user} turns at a time.")
    announcements: list[Announcement] = []
    opening: list[Json] = []
    if known_thread is None:
        thread_id = new_id("thr")
        opening.append(threads.created_event(thread_id, standing.now))
        if request["params"]["input"].get("attachments"):  # they point to their thread
            await threads.insert_unless_known(connection, thread_id, owner)
    else:
        thread_id = known_thread
        announcements += await _enter(connection, thread_id, standing, command, settings)
    implied = await _apply(connection, request, thread_id, owner)
    opening += implied.opening
    turn = NewTurn(
        id=command.turn_id,
        thread_id=thread_id,
        owner=owner,
        kind=request["type"],
        idempotency_key=command.idempotency_key,
        fingerprint=fingerprint,
        request=orjson.dumps(request).decode(),
        context=command.context.model_dump_json(exclude_none=True),
        opening=orjson.dumps(opening).decode(),
        prelude=orjson.dumps(implied.prelude).decode(),
        input_item_id=implied.input_item_id,
    )
    await acceptances.write(connection, turn, implied.message, new_thread=known_thread is None)
    announcements += [TurnOpened(turn.id, opening), JobReady(turn.id)]
    return TurnAccepted(turn_id=turn.id, thread_id=thread_id, opening=opening), announcements


def writes_once(request: Json) -> bool:
    """True for a request whose acceptance is a single write, and locks nothing before it: the
    statement is its own transaction. The first message of a thread without attachments is one.
    """
    return not _in_a_thread(request) and not request["params"]["input"].get("attachments")


def _in_a_thread(request: Json) -> bool:
    return bool(request["type"] != "threads.create")


def _as_before(row: Row, fingerprint: str) -> TurnAccepted:
    if row["fingerprint"] != fingerprint:
        raise IdempotencyKeyReused()
    return TurnAccepted(
        turn_id=row["id"],
        thread_id=row["thread_id"],
        opening=orjson.loads(row["opening"]),
        existing=True,
    )


async def _enter(
    connection: AsyncConnection,
    thread_id: str,
    standing: Standing,
    command: AcceptTurn,
    settings: StoreSettings,
) -> list[Announcement]:
    """See that a locked thread is open and has room for the turn."""
    if standing.status is None:
        raise NotFound(f"There is no thread {thread_id}.")
    # An assistant changes the status under the same row lock: it did so before us and we see it,
    # or it waits for us and this turn was accepted before.
    check_open({"status": standing.status})
    return await _make_room(connection, thread_id, command, settings)


async def _make_room(
    connection: AsyncConnection, thread_id: str, command: AcceptTurn, settings: StoreSettings
) -> list[Announcement]:
    """Apply the policy for a second message in a busy thread.

    A retry always interrupts: what runs now would be deleted by it.
    """
    active = await turns.active_in_thread(connection, thread_id)
    if not active:
        return []
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


async def _apply(connection: AsyncConnection, request: Json, thread_id: str, owner: str) -> Implied:
    """Write what the request implies for what is there already, by its type."""
    params = request["params"]
    match request["type"]:
        case "threads.create" | "threads.add_user_message":
            return await _say(connection, params["input"], thread_id, owner)
        case "threads.add_client_tool_output":
            return await _complete_client_call(connection, params, thread_id)
        case "threads.add_structured_input":
            return await _answer(connection, params, thread_id, owner)
        case "threads.retry_after_item":
            return await _retry(connection, params, thread_id, owner)
        case "threads.custom_action":
            return await _act(connection, params, thread_id, owner)
        case other:
            raise Unprocessable(f"{other} is not a streaming request.")


async def _say(
    connection: AsyncConnection, user_input: Json, thread_id: str, owner: str
) -> Implied:
    attachments = await inputs.bind_attachments(
        connection, owner, thread_id, user_input.get("attachments", [])
    )
    message = {
        "id": new_id("msg"),
        "thread_id": thread_id,
        "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "type": "user_message",
        "content": user_input["content"],
        "attachments": [attachment.full for attachment in attachments],
        "inference_options": user_input.get("inference_options", {}),
    }
    if user_input.get("quoted_text") is not None:
        message["quoted_text"] = user_input["quoted_text"]
    public = {**message, "attachments": [attachment.public for attachment in attachments]}
    shown = {"type": "thread.item.done", "item": public}
    return Implied([shown], [], message["id"], inputs.stored(message, public))


async def _complete_client_call(
    connection: AsyncConnection, params: Json, thread_id: str
) -> Implied:
    """Complete the newest pending client tool call and drop older pending ones.

    The protocol names no call. Stock looks at the newest item only, so a message sent meanwhile
    makes it fail; the newest call that is still pending is the one the client can mean.
    """
    calls = await items.pending_client_calls(connection, thread_id)
    pending = [row for row in calls if orjson.loads(row.payload).get("status") == "pending"]
    if not pending:
        raise NothingPending("No client tool call is waiting for its output.")
    newest, *dangling = pending
    call = orjson.loads(newest.payload) | {"status": "completed"}
    if params.get("result") is not None:
        call["output"] = params["result"]
    await items.change(connection, thread_id, newest.id, orjson.dumps(call).decode())
    await items.delete(connection, thread_id, [row.id for row in dangling])
    return Implied()


async def _answer(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    row = await _load(connection, owner, thread_id, params["item_id"])
    if row.type != "structured_input":
        raise Unprocessable(f"Item {params['item_id']} is not a structured input.")
    answered = inputs.answer_structured_input(orjson.loads(row.payload), params["input"])
    payload = orjson.dumps(answered).decode()
    await items.change(connection, thread_id, params["item_id"], payload)
    return Implied(prelude=[{"type": "thread.item.replaced", "item": answered}])


async def _retry(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    row = await _load(connection, owner, thread_id, params["item_id"])
    if row.type != "user_message":
        raise Unprocessable("Only a user's message can be retried.")
    await items.delete_after(connection, thread_id, row.seq)
    return Implied(input_item_id=params["item_id"])


async def _act(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    item_id = params.get("item_id")
    if item_id is None:
        return Implied()
    row = await _load(connection, owner, thread_id, item_id)
    if row.type != "widget":
        raise Unprocessable("An action can only come from a widget.")
    return Implied(input_item_id=item_id)


async def _load(connection: AsyncConnection, owner: str, thread_id: str, item_id: str) -> Row:
    row = await items.load(connection, owner, thread_id, item_id)
    if row is None or row.type in items.HIDDEN_TYPES:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return row
