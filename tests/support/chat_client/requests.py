"""The ChatKit requests a UI sends, as type and params."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Json = dict[str, Any]


class ChatRequest(NamedTuple):
    """Goes as `client.stream(*request)` or `client.run(*request)`."""

    type: str
    params: Json


def message(
    text: str,
    thread_id: str | None = None,
    *,
    attachments: Sequence[str] = (),
    quoted_text: str | None = None,
    model: str | None = None,
    tool: str | None = None,
) -> ChatRequest:
    """A user message; without a thread it creates one."""
    options: Json = {}
    if model:
        options["model"] = model
    if tool:
        options["tool_choice"] = {"id": tool}
    body: Json = {
        "content": [{"type": "input_text", "text": text}],
        "attachments": list(attachments),
        "inference_options": options,
    }
    if quoted_text is not None:
        body["quoted_text"] = quoted_text
    if thread_id is None:
        return ChatRequest("threads.create", {"input": body})
    return ChatRequest("threads.add_user_message", {"thread_id": thread_id, "input": body})


def client_tool_output(thread_id: str, result: Any) -> ChatRequest:
    return ChatRequest("threads.add_client_tool_output", {"thread_id": thread_id, "result": result})


def structured_input(thread_id: str, item_id: str, answers: Json, status: str) -> ChatRequest:
    submission = {"status": status, "answers": answers}
    params = {"thread_id": thread_id, "item_id": item_id, "input": submission}
    return ChatRequest("threads.add_structured_input", params)


def retry_after(thread_id: str, item_id: str) -> ChatRequest:
    params = {"thread_id": thread_id, "item_id": item_id}
    return ChatRequest("threads.retry_after_item", params)


def custom_action(
    thread_id: str,
    action: str,
    payload: Any = None,
    item_id: str | None = None,
    sync: bool = False,
) -> ChatRequest:
    """An action of a widget (`item_id`) or of the page."""
    params: Json = {
        "thread_id": thread_id,
        "action": {"type": action, "payload": payload},
    }
    if item_id is not None:
        params["item_id"] = item_id
    return ChatRequest(f"threads.{'sync_' if sync else ''}custom_action", params)
