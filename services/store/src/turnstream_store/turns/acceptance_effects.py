"""What a request implies besides its turn: written to what is there, or told to be written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.ids import new_id
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, NothingPending, Unprocessable

from turnstream_store.database.columns import Row
from turnstream_store.threads import item_queries as items
from turnstream_store.turns import inputs


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


async def apply(connection: AsyncConnection, request: Json, thread_id: str, owner: str) -> Implied:
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
