"""What a request writes besides its turn: the message, an answered question, a completed call."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import new_id
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.times import utc_now
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, NothingPending, Unprocessable

from turnstream_store.files.attachment_rules import BoundAttachment, bind_attachments
from turnstream_store.threads import item_queries as items
from turnstream_store.threads.item_queries import LoadedItem
from turnstream_store.threads.rules import stored_item


class AcceptanceEffects(NamedTuple):
    """What a request implies besides the turn row."""

    opening: Sequence[Json] = ()
    """Events that viewers see at once."""
    prelude: Sequence[Json] = ()
    """Events that belong after `stream_options`."""
    input_item_id: str | None = None
    """The item the assistant is handed: a user message, or the widget an action came from."""
    message: StoredItem | None = None
    """The user's message, which the caller has to write."""


async def apply(
    session: AsyncSession, request: Json, thread_id: str, owner: Owner
) -> AcceptanceEffects:
    """Write what the request changes in what exists already, by the request's type."""
    params = request["params"]
    match request["type"]:
        case "threads.create" | "threads.add_user_message":
            user_input = params["input"]
            attachment_ids = user_input.get("attachments", [])
            bound = await bind_attachments(session, owner, thread_id, attachment_ids)
            return user_message(user_input, thread_id, bound)
        case "threads.add_client_tool_output":
            return await _complete_client_call(session, params, thread_id, owner)
        case "threads.add_structured_input":
            return await _answer(session, params, thread_id, owner)
        case "threads.retry_after_item":
            return await _retry(session, params, thread_id, owner)
        case "threads.custom_action":
            return await _act(session, params, thread_id, owner)
        case other:
            raise Unprocessable(f"{other} is not a streaming request.")


def user_message(
    user_input: Json, thread_id: str, attachments: Sequence[BoundAttachment] = ()
) -> AcceptanceEffects:
    """A new message of the user's."""
    message = {
        "id": new_id("msg"),
        "thread_id": thread_id,
        "created_at": utc_now(),
        "type": "user_message",
        "content": user_input["content"],
        "attachments": [attachment.full for attachment in attachments],
        "inference_options": user_input.get("inference_options", {}),
    }
    if user_input.get("quoted_text") is not None:
        message["quoted_text"] = user_input["quoted_text"]
    public = {**message, "attachments": [attachment.public for attachment in attachments]}
    done = {"type": "thread.item.done", "item": public}
    return AcceptanceEffects([done], [], message["id"], stored_item(message, public))


async def _complete_client_call(
    session: AsyncSession, params: Json, thread_id: str, owner: Owner
) -> AcceptanceEffects:
    """Complete the newest pending client tool call and drop older pending ones.

    The protocol names no call. Stock looks at the newest item only, so a message sent meanwhile
    makes it fail; the newest call that is still pending is the one the client can mean.
    """
    calls = await items.pending_client_calls(session, owner, thread_id)
    parsed = [(item_id, orjson.loads(payload)) for item_id, payload in calls]
    pending = [(item_id, call) for item_id, call in parsed if call.get("status") == "pending"]
    if not pending:
        raise NothingPending("No client tool call is waiting for its output.")
    (newest, call), *dangling = pending
    call |= {"status": "completed"}
    if params.get("result") is not None:
        call["output"] = params["result"]
    await items.change(session, owner, thread_id, newest, orjson.dumps(call).decode())
    await items.remove(session, owner, thread_id, [item_id for item_id, _ in dangling])
    return AcceptanceEffects()


async def _answer(
    session: AsyncSession, params: Json, thread_id: str, owner: Owner
) -> AcceptanceEffects:
    row = await _load(session, owner, thread_id, params["item_id"])
    if row.type != "structured_input":
        raise Unprocessable(f"Item {params['item_id']} is not a structured input.")
    answered = _answered(orjson.loads(row.payload), params["input"])
    payload = orjson.dumps(answered).decode()
    await items.change(session, owner, thread_id, params["item_id"], payload)
    return AcceptanceEffects(prelude=[{"type": "thread.item.replaced", "item": answered}])


async def _retry(
    session: AsyncSession, params: Json, thread_id: str, owner: Owner
) -> AcceptanceEffects:
    row = await _load(session, owner, thread_id, params["item_id"])
    if row.type != "user_message":
        raise Unprocessable("Only a user's message can be retried.")
    await items.remove_after(session, owner, thread_id, row.seq)
    return AcceptanceEffects(input_item_id=params["item_id"])


async def _act(
    session: AsyncSession, params: Json, thread_id: str, owner: Owner
) -> AcceptanceEffects:
    item_id = params.get("item_id")
    if item_id is None:
        return AcceptanceEffects()
    row = await _load(session, owner, thread_id, item_id)
    if row.type != "widget":
        raise Unprocessable("An action can only come from a widget.")
    return AcceptanceEffects(input_item_id=item_id)


async def _load(session: AsyncSession, owner: Owner, thread_id: str, item_id: str) -> LoadedItem:
    row = await items.load(session, owner, thread_id, item_id)
    if row is None or row.type in HIDDEN_TYPES:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return row


def _answered(item: Json, submission: Json) -> Json:
    """A structured input with the submitted answers, as the stock server applies them.

    Unknown question ids are ignored, a single-choice question keeps one value, and a question
    without a value counts as skipped. Raises `NothingPending` when it was answered before.
    """
    if item.get("status", "pending") != "pending":
        raise NothingPending("This question has been answered already.")
    status = submission.get("status", "answered")
    answers: Json = submission.get("answers", {})
    questions = [
        {**question, "answer": _answer_to(question, answers.get(question["id"]), status)}
        for question in item["inputs"]
    ]
    return {**item, "status": status, "inputs": questions}


def _answer_to(question: Json, answer: Json | None, status: str) -> Json:
    values = (answer or {}).get("values", [])
    if status == "skipped" or answer is None or answer.get("skipped") or not values:
        return {"values": [], "skipped": True}
    if question["type"] == "multiple_choice" and not question.get("multiple"):
        values = values[:1]
    return {"values": values, "skipped": False}
