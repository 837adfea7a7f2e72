"""The sixteen requests of the ChatKit protocol, as type and params."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from turnstream.contracts.turns import Json


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
    **chosen: str | None,
) -> ChatRequest:
    """A user message; without a thread it creates one. What may be chosen: `model`, `tool`."""
    options: Json = {}
    if model := chosen.get("model"):
        options["model"] = model
    if tool := chosen.get("tool"):
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


def client_tool_output(thread_id: str, result: object) -> ChatRequest:
    """What the page's function returned for the pending client tool call of the thread."""
    return ChatRequest("threads.add_client_tool_output", {"thread_id": thread_id, "result": result})


def structured_input(thread_id: str, item_id: str, answers: Json, status: str) -> ChatRequest:
    """Answers to a question of the assistant; status is `answered` or `skipped`."""
    submission = {"status": status, "answers": answers}
    params = {"thread_id": thread_id, "item_id": item_id, "input": submission}
    return ChatRequest("threads.add_structured_input", params)


def retry_after(thread_id: str, item_id: str) -> ChatRequest:
    """Answer the user's message anew, and forget what came after it."""
    params = {"thread_id": thread_id, "item_id": item_id}
    return ChatRequest("threads.retry_after_item", params)


def custom_action(
    thread_id: str,
    action: str,
    payload: object = None,
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


def get_thread(thread_id: str) -> ChatRequest:
    """The thread with its first page of items."""
    return ChatRequest("threads.get_by_id", {"thread_id": thread_id})


def list_threads(**page: object) -> ChatRequest:
    """A page of threads; `page` takes limit, order and after."""
    return ChatRequest("threads.list", page)


def list_items(thread_id: str, **page: object) -> ChatRequest:
    """A page of a thread's items; `page` takes limit, order and after."""
    return ChatRequest("items.list", {"thread_id": thread_id, **page})


def rename_thread(thread_id: str, title: str) -> ChatRequest:
    """Another title for the thread."""
    return ChatRequest("threads.update", {"thread_id": thread_id, "title": title})


def delete_thread(thread_id: str) -> ChatRequest:
    """The end of the thread."""
    return ChatRequest("threads.delete", {"thread_id": thread_id})


def feedback(thread_id: str, item_ids: Sequence[str], kind: str) -> ChatRequest:
    """What the user thinks of an answer: `positive` or `negative`."""
    params = {"thread_id": thread_id, "item_ids": list(item_ids), "kind": kind}
    return ChatRequest("items.feedback", params)


def create_attachment(name: str, size: int, mime_type: str) -> ChatRequest:
    """The first phase of an upload of two."""
    params = {"name": name, "size": size, "mime_type": mime_type}
    return ChatRequest("attachments.create", params)


def delete_attachment(attachment_id: str) -> ChatRequest:
    """The user took the file out of the composer."""
    return ChatRequest("attachments.delete", {"attachment_id": attachment_id})


def transcribe(audio_base64: str, mime_type: str) -> ChatRequest:
    """Speech to text."""
    return ChatRequest("input.transcribe", {"audio_base64": audio_base64, "mime_type": mime_type})


def encoded(request: ChatRequest) -> bytes:
    """The body that a request is sent as."""
    return orjson.dumps({"type": request.type, "params": request.params, "metadata": {}})
