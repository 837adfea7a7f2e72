"""Talking to a ChatKit server through its stock pump."""

import json
from typing import Any

from chatkit.server import ChatKitServer, StreamingResult
from turnstream.contracts.turns import RequestContext

Event = dict[str, Any]
CONTEXT = RequestContext(user_id="ada")


async def ask(
    server: ChatKitServer[Any], type: str, context: RequestContext = CONTEXT, **params: Any
) -> list[Event]:
    """The events that answer one request."""
    body = json.dumps({"type": type, "params": params})
    result = await server.process(body, context)
    assert isinstance(result, StreamingResult)
    return [json.loads(chunk.removeprefix(b"data: ")) async for chunk in result]


async def say(
    server: ChatKitServer[Any],
    text: str,
    thread: str | None = None,
    context: RequestContext = CONTEXT,
    **options: Any,
) -> list[Event]:
    """The events that answer a message of the user, in a new thread if none is given."""
    content = [{"type": "input_text", "text": text}]
    message = {"content": content, "attachments": [], "inference_options": options}
    if thread is None:
        return await ask(server, "threads.create", context, input=message)
    return await ask(server, "threads.add_user_message", context, thread_id=thread, input=message)


def thread_of(events: list[Event]) -> str:
    """The thread that the first event opened."""
    thread_id: str = events[0]["thread"]["id"]
    return thread_id


def items_of(events: list[Event], type: str) -> list[Event]:
    """The finished items of a type."""
    done = [event["item"] for event in events if event["type"] == "thread.item.done"]
    return [item for item in done if item["type"] == type]


def answer_of(events: list[Event]) -> str:
    """The text of the last finished message of the assistant."""
    text: str = items_of(events, "assistant_message")[-1]["content"][0]["text"]
    return text


def streamed_text(events: list[Event]) -> str:
    """What the text deltas add up to."""
    updates = [e["update"] for e in events if e["type"] == "thread.item.updated"]
    delta = "assistant_message.content_part.text_delta"
    return "".join(update["delta"] for update in updates if update["type"] == delta)


def title_of(events: list[Event]) -> str | None:
    """The newest title that the client was told."""
    threads = [event["thread"] for event in events if event["type"] == "thread.updated"]
    return threads[-1].get("title") if threads else None
