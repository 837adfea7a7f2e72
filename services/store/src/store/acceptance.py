"""Acceptance: a streaming request becomes a turn, and all that it implies is written with it.

One transaction. When it commits the request can't be lost any more; when it fails nothing of it
is left. The lock on the thread's row puts the acceptances of a thread in one order.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

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
from store.repositories import items, threads, turns
from store.settings import StoreSettings


class Implied(NamedTuple):
    """What a request implies besides the turn row."""

    opening: list[Json]
    """Events that viewers see at once."""
    prelude: list[Json]
    """Events that belong behind `stream_options`."""
    input_item_id: str | None
    """The item the assistant is handed: a user message, or the widget an action came from."""


async def accept_turn(
    connection: AsyncConnection, command: AcceptTurn, settings: StoreSettings
) -> tuple[TurnAccepted, list[Announcement]]:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Raises `NotFound` (no such thread, item or attachment of this user), `ThreadLocked`,
    `ThreadClosed`, `NothingPending`, `Unprocessable`, `ThreadBusy`, `TooManyTurns` and
    `IdempotencyKeyReused`. A unique-index
    violation means that the same key is being accepted at this moment: ask again.
    """
    owner, request = command.context.user_id, command.request
    fingerprint = digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode())
    accepted = await turns.find_accepted(
        connection, owner, command.turn_id, command.idempotency_key
    )
    if accepted is not None:
        await threads.came_back(connection, accepted.thread_id)
        return _as_before(accepted, fingerprint), []
    if await turns.count_active(connection, owner) >= settings.max_turns_per_user:
        raise TooManyTurns(f"At most {settings.max_turns_per_user} turns at a time.")
    thread_id, announcements, opening = await _thread_for(connection, command, settings)
    implied = await _apply(connection, request, thread_id, owner, command.turn_id)
    opening += implied.opening
    await turns.insert(
        connection,
        {
            "id": command.turn_id,
            "thread_id": thread_id,
            "owner": owner,
            "kind": request["type"],
            "idempotency_key": command.idempotency_key,
            "fingerprint": fingerprint,
            "request": orjson.dumps(request).decode(),
            "context": command.context.model_dump_json(exclude_none=True),
            "opening": orjson.dumps(opening).decode(),
            "prelude": orjson.dumps(implied.prelude).decode(),
            "input_item_id": implied.input_item_id,
        },
    )
    announcements += [TurnOpened(command.turn_id, opening), JobReady(command.turn_id)]
    accepted_turn = TurnAccepted(turn_id=command.turn_id, thread_id=thread_id, opening=opening)
    return accepted_turn, announcements


def _as_before(row: Any, fingerprint: str) -> TurnAccepted:
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    return TurnAccepted(
        turn_id=row.id,
        thread_id=row.thread_id,
        opening=orjson.loads(row.opening),
        existing=True,
    )


async def _thread_for(
    connection: AsyncConnection, command: AcceptTurn, settings: StoreSettings
) -> tuple[str, list[Announcement], list[Json]]:
    """The thread the turn belongs to, made or locked, with room for the turn."""
    owner = command.context.user_id
    if command.request["type"] == "threads.create":
        row = await threads.insert(connection, new_id("thr"), owner)
        page: Json = {"data": [], "has_more": False}
        thread = {**threads.public_json(row), "items": page}
        return row.id, [], [{"type": "thread.created", "thread": thread}]
    thread_id = command.request["params"]["thread_id"]
    known = await threads.load(connection, owner, thread_id, lock=True)
    if known is None:
        raise NotFound(f"There is no thread {thread_id}.")
    # An assistant changes the status under the same row lock: it did so before us and we see it,
    # or it waits for us and this turn was accepted before.
    check_open(threads.metadata_json(known))
    announcements = await _make_room(connection, thread_id, command, settings)
    return thread_id, announcements, []


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


async def _apply(
    connection: AsyncConnection, request: Json, thread_id: str, owner: str, turn_id: str
) -> Implied:
    """Write what the request implies, by its type."""
    params = request["params"]
    match request["type"]:
        case "threads.create" | "threads.add_user_message":
            return await _add_message(connection, params["input"], thread_id, owner, turn_id)
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


async def _add_message(
    connection: AsyncConnection, user_input: Json, thread_id: str, owner: str, turn_id: str
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
    await items.add(
        connection, thread_id, owner, inputs.stored(message, public), turn_id, attempt=0
    )
    return Implied([{"type": "thread.item.done", "item": public}], [], message["id"])


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
    return Implied([], [], None)


async def _answer(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    row = await _load(connection, owner, thread_id, params["item_id"])
    if row.type != "structured_input":
        raise Unprocessable(f"Item {params['item_id']} is not a structured input.")
    answered = inputs.answer_structured_input(orjson.loads(row.payload), params["input"])
    payload = orjson.dumps(answered).decode()
    await items.change(connection, thread_id, params["item_id"], payload)
    return Implied([], [{"type": "thread.item.replaced", "item": answered}], None)


async def _retry(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    row = await _load(connection, owner, thread_id, params["item_id"])
    if row.type != "user_message":
        raise Unprocessable("Only a user's message can be retried.")
    await items.delete_after(connection, thread_id, row.seq)
    return Implied([], [], params["item_id"])


async def _act(connection: AsyncConnection, params: Json, thread_id: str, owner: str) -> Implied:
    item_id = params.get("item_id")
    if item_id is None:
        return Implied([], [], None)
    row = await _load(connection, owner, thread_id, item_id)
    if row.type != "widget":
        raise Unprocessable("An action can only come from a widget.")
    return Implied([], [], item_id)


async def _load(connection: AsyncConnection, owner: str, thread_id: str, item_id: str) -> Any:
    row = await items.load(connection, owner, thread_id, item_id)
    if row is None or row.type in items.HIDDEN_TYPES:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return row
