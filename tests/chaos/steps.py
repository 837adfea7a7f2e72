"""What a user does in a conversation, step by step, from what their page shows at that moment.

A step makes the request that ChatKit would send: a click takes its action out of the widget that
is shown and adds the fields of the form.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from turnstream.conformance.requests import client_tool_output, retry_after, structured_input

from tests.support.chat_client import ChatClient, ChatRequest, custom_action, message

Json = dict[str, Any]
Step = Callable[[ChatClient], Awaitable[ChatRequest]]
File = tuple[bytes, str, str]
"""Content, name and media type."""


def say(text: str, *files: File) -> Step:
    """Write a message, with these files attached."""

    async def request(client: ChatClient) -> ChatRequest:
        sent = [(await client.upload(*file))["id"] for file in files]
        return message(text, client.thread_id, attachments=sent)

    return request


def mention(text: str, entity: str) -> Step:
    """Write a first message with a tag behind it, as the composer sends it."""
    tag = {"type": "input_tag", "id": entity, "text": entity, "data": {}, "interactive": True}
    content = [{"type": "input_text", "text": text}, tag]
    body = {"content": content, "attachments": [], "inference_options": {}}

    async def request(client: ChatClient) -> ChatRequest:
        return ChatRequest("threads.create", {"input": body})

    return request


def press(action: str, payload: Json | None = None, /, **fields: Any) -> Step:
    """Fill in the form and press the first button with this action that has this in its payload."""
    wanted = (payload or {}).items()

    async def request(client: ChatClient) -> ChatRequest:
        item_id, sent = next(
            (item["id"], button.get("payload") or {})
            for item in client.items_of_type("widget")
            for button in _actions(item["widget"])
            if button["type"] == action and wanted <= (button.get("payload") or {}).items()
        )
        return custom_action(client.shown, action, sent | fields, item_id)

    return request


def page_sends(action: str, /, **payload: Any) -> Step:
    """The page handled a click itself and sends an action of its own for the newest widget."""

    async def request(client: ChatClient) -> ChatRequest:
        item = client.items_of_type("widget")[-1]
        return custom_action(client.shown, action, payload, item["id"])

    return request


def tool_result(**result: Any) -> Step:
    """The page has done what a client tool asked for."""

    async def request(client: ChatClient) -> ChatRequest:
        return client_tool_output(client.shown, result)

    return request


def answer(**values: str) -> Step:
    """Answer some of the questions and skip the others."""
    answers = {name: {"values": [value], "skipped": False} for name, value in values.items()}

    async def request(client: ChatClient) -> ChatRequest:
        item = client.items_of_type("structured_input")[-1]
        return structured_input(client.shown, item["id"], answers, "answered")

    return request


def retry() -> Step:
    """Send the last message again."""

    async def request(client: ChatClient) -> ChatRequest:
        return retry_after(client.shown, client.items_of_type("user_message")[-1]["id"])

    return request


def _actions(node: Any) -> Iterator[Json]:
    """Every action in a widget, in the order in which it is drawn."""
    if isinstance(node, list):
        for child in node:
            yield from _actions(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "action" or key.endswith("Action"):
                yield child
            else:
                yield from _actions(child)
