"""What a request implies besides its turn, in memory: checked first, changed afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from turnstream.contracts.ids import new_id
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.times import utc_now
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, NothingPending, Unprocessable
from turnstream.testing.memory.records import Attachment, Item, Thread
from turnstream.testing.memory.state import State, stored


@dataclass
class Effects:
    """What viewers see of a request, and what changes when it is accepted."""

    opening: list[Json] = field(default_factory=list)
    """Events that viewers see at once."""
    prelude: list[Json] = field(default_factory=list)
    """Events that belong after `stream_options`."""
    input_item_id: str | None = None
    message: StoredItem | None = None
    apply: Callable[[], None] = lambda: None
    """Changes what is there already. Never fails."""


def effects_of(state: State, request: Json, thread: Thread) -> Effects:
    """Check a request against its thread. Raises `NotFound`, `NothingPending`, `Unprocessable`."""
    params = request["params"]
    match request["type"]:
        case "threads.create" | "threads.add_user_message":
            return _message(state, params["input"], thread)
        case "threads.add_client_tool_output":
            return _client_tool_output(params, thread)
        case "threads.add_structured_input":
            return _answer(params, thread)
        case "threads.retry_after_item":
            return _retry(state, params, thread)
        case "threads.custom_action":
            return _action(params, thread)
        case other:
            raise Unprocessable(f"{other} is not a streaming request.")


def _message(state: State, user_input: Json, thread: Thread) -> Effects:
    ids = user_input.get("attachments", [])
    attachments = [_bindable(state, thread, attachment_id) for attachment_id in ids]
    home = {"thread_id": thread.id}
    message = {
        "id": new_id("msg"),
        "thread_id": thread.id,
        "created_at": utc_now(),
        "type": "user_message",
        "content": user_input["content"],
        "attachments": [orjson.loads(each.payload) | home for each in attachments],
        "inference_options": user_input.get("inference_options", {}),
    }
    if user_input.get("quoted_text") is not None:
        message["quoted_text"] = user_input["quoted_text"]
    public = message | {"attachments": [orjson.loads(each.public) | home for each in attachments]}

    def bind() -> None:
        for attachment in attachments:
            attachment.thread_id = thread.id
            attachment.payload = orjson.dumps(orjson.loads(attachment.payload) | home).decode()
            attachment.public = orjson.dumps(orjson.loads(attachment.public) | home).decode()
            if attachment.file_key is not None:
                state.files[attachment.file_key].thread_id = thread.id

    return Effects(
        opening=[{"type": "thread.item.done", "item": public}],
        input_item_id=str(message["id"]),
        message=stored(message, public),
        apply=bind,
    )


def _bindable(state: State, thread: Thread, attachment_id: str) -> Attachment:
    attachment = state.attachments.get(attachment_id)
    if attachment is None or attachment.owner != thread.owner:
        raise NotFound(f"There is no attachment {attachment_id}.")
    if attachment.thread_id not in (None, thread.id):
        raise Unprocessable(f"Attachment {attachment_id} belongs to another thread.")
    if attachment.file_key is not None and not state.files[attachment.file_key].uploaded:
        raise Unprocessable(f"Attachment {attachment_id} has not been uploaded yet.")
    return attachment


def _client_tool_output(params: Json, thread: Thread) -> Effects:
    """Complete the newest pending client tool call and drop older pending ones."""
    pending = [
        item
        for item in reversed(thread.in_order())
        if item.type == "client_tool_call" and orjson.loads(item.payload)["status"] == "pending"
    ]
    if not pending:
        raise NothingPending("No client tool call is waiting for its output.")
    newest, *dangling = pending
    call = orjson.loads(newest.payload) | {"status": "completed"}
    if params.get("result") is not None:
        call["output"] = params["result"]

    def complete() -> None:
        newest.change(orjson.dumps(call).decode(), newest.public)
        for item in dangling:
            thread.remove(item.id)

    return Effects(apply=complete)


def _answer(params: Json, thread: Thread) -> Effects:
    item = _load(thread, params["item_id"])
    if item.type != "structured_input":
        raise Unprocessable(f"Item {item.id} is not a structured input.")
    asked = orjson.loads(item.payload)
    if asked.get("status", "pending") != "pending":
        raise NothingPending("This question has been answered already.")
    status = params["input"].get("status", "answered")
    given = params["input"].get("answers", {})
    questions = [
        question | {"answer": _values(question, given.get(question["id"]) or {}, status)}
        for question in asked["inputs"]
    ]
    answered = asked | {"status": status, "inputs": questions}

    def answer() -> None:
        item.change(orjson.dumps(answered).decode(), item.public)

    return Effects(prelude=[{"type": "thread.item.replaced", "item": answered}], apply=answer)


def _values(question: Json, answer: Json, status: str) -> Json:
    values = answer.get("values", [])
    if status == "skipped" or answer.get("skipped") or not values:
        return {"values": [], "skipped": True}
    if question["type"] == "multiple_choice" and not question.get("multiple"):
        values = values[:1]
    return {"values": values, "skipped": False}


def _retry(state: State, params: Json, thread: Thread) -> Effects:
    message = _load(thread, params["item_id"])
    if message.type != "user_message":
        raise Unprocessable("Only a user's message can be retried.")
    return Effects(input_item_id=message.id, apply=lambda: delete_after(state, thread, message.seq))


def _action(params: Json, thread: Thread) -> Effects:
    if params.get("item_id") is None:
        return Effects()
    item = _load(thread, params["item_id"])
    if item.type != "widget":
        raise Unprocessable("An action can only come from a widget.")
    return Effects(input_item_id=item.id)


def delete_after(state: State, thread: Thread, seq: int, spare_turn: str | None = None) -> None:
    """Delete the items after a number, but for the messages of turns that wait."""
    spared = {*state.waiting(thread.id), spare_turn}
    for item in thread.in_order():
        if item.seq > seq and (item.turn_id is None or item.turn_id not in spared):
            thread.remove(item.id)


def _load(thread: Thread, item_id: str) -> Item:
    item = thread.items.get(item_id)
    if item is None or item.hidden:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return item
