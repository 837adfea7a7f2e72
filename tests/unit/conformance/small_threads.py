"""What the small server is made of: its threads, its turns, and what it can say."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Json = dict[str, Any]
NOW = "2026-01-01T00:00:00Z"


class Refusal(Exception):
    """An HTTP status that says no."""

    def __init__(self, status: int, why: str = "no") -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Thread:
    id: str
    owner: str
    title: str | None = None
    items: dict[str, Json] = field(default_factory=dict)

    def document(self) -> Json:
        titled = {"title": self.title} if self.title else {}
        return {"id": self.id, "created_at": NOW, "status": {"type": "active"}, **titled}


@dataclass
class Turn:
    """What was sent of a turn, for those who come later."""

    id: str
    owner: str
    frames: list[bytes] = field(default_factory=list)
    stopped: bool = False
    status: str = ""


MISREAD = (ValueError, LookupError, TypeError, AttributeError)
"""What reading a request raises that is none."""
Spoil = Callable[[str, Any], Any]
"""Gets the type of a request and its answer, events or document, and gives back another."""


HEADERS = {
    "sse.content-type": {"Content-Type": "text/plain"},
    "sse.not-cached": {"Cache-Control": "max-age=60"},
    "sse.not-buffered": {"X-Accel-Buffering": "yes"},
}
CARELESS = ("errors.unknown-thread", "errors.unknown-thread-stream", "errors.odd-ids")
STREAMS = {
    *("threads.create", "threads.add_user_message", "threads.add_client_tool_output"),
    *("threads.add_structured_input", "threads.retry_after_item", "threads.custom_action"),
}
DOCUMENTS = {
    "threads.get_by_id": "get_by_id",
    "threads.list": "list_threads",
    "items.list": "list_items",
    "threads.update": "update",
    "threads.delete": "delete",
    "items.feedback": "feedback",
    "attachments.create": "create_attachment",
    "attachments.delete": "delete_attachment",
    "input.transcribe": "transcribe",
    "threads.sync_custom_action": "sync_action",
}


def raise_if(wrong: object, status: int) -> None:
    if wrong:
        raise Refusal(status)


def new(thread: Thread, kind: str, **fields: Any) -> Json:
    head = {"id": f"msg_{uuid4().hex}", "thread_id": thread.id, "created_at": NOW}
    return {**head, "type": kind, **fields}


def update(item: Json, kind: str, **fields: Any) -> Json:
    change = {"type": f"assistant_message.{kind}", **fields}
    return {"type": "thread.item.updated", "item_id": item["id"], "update": change}


def page(rows: list[Json], limit: int, order: str, after: str | None) -> Json:
    ordered = rows if order == "asc" else rows[::-1]
    start = [row["id"] for row in ordered].index(after) + 1 if after else 0
    data = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return {"data": data, "has_more": more, "after": data[-1]["id"] if data else None}


def hello(thread: Thread) -> Json:
    part = {"type": "output_text", "text": "Hello", "annotations": []}
    return new(thread, "assistant_message", content=[part])


def _call(thread: Thread) -> Json:
    fields = {"call_id": "call_1", "name": "look", "arguments": {}}
    return new(thread, "client_tool_call", status="pending", **fields)


def _question(thread: Thread) -> Json:
    ask = {"type": "freeform", "id": "why", "question": "Why?"}
    return new(thread, "structured_input", status="pending", inputs=[ask])


def _widget(thread: Thread) -> Json:
    button = {"type": "Button", "label": "Go", "onClickAction": {"type": "go"}}
    return new(thread, "widget", widget={"type": "Card", "children": [button]})


ANSWERS: dict[str, Callable[[Thread], Json]] = {
    "tool": _call,
    "question": _question,
    "widget": _widget,
}


async def each_of(events: list[Json]) -> AsyncIterator[Json]:
    for event in events:
        yield event
