"""Conversations as the hosted API tells them, with an item of every type."""

import json
from typing import Any

from tests.support.hosted.api import HostedApi, Json

BEGUN = 1_760_000_000
"""When the first thread began, in Unix time."""
USERS = ("moved-ann", "moved-bob", "moved-cy")
WIDGET = {"type": "Card", "children": [{"type": "Text", "value": "5 °C", "later": {"kept": [1]}}]}


def thread(number: int, user: str = "ann", **fields: Any) -> Json:
    """A thread; a higher number is a newer one."""
    return {
        "id": f"cthr_{number:04}",
        "object": "chatkit.thread",
        "created_at": BEGUN + 1000 * number,
        "title": f"Thread {number}",
        "status": {"type": "active"},
        "user": user,
        **fields,
    }


def item(thread_id: str, number: int, kind: str, **fields: Any) -> Json:
    """An item of a thread."""
    return {
        "id": f"cthi_{thread_id[5:]}_{number}",
        "object": "chatkit.thread_item",
        "created_at": BEGUN + number,
        "thread_id": thread_id,
        "type": f"chatkit.{kind}",
        **fields,
    }


def said(thread_id: str, number: int, text: str, **fields: Any) -> Json:
    """A message of the user."""
    more = {"attachments": [], "inference_options": None, **fields}
    content = [{"type": "input_text", "text": text}]
    return item(thread_id, number, "user_message", content=content, **more)


def answered(thread_id: str, number: int, text: str, *annotations: Json) -> Json:
    """An answer."""
    part = {"type": "output_text", "text": text, "annotations": [*annotations]}
    return item(thread_id, number, "assistant_message", content=[part])


def attached(attachment_id: str, link: str | None, kind: str = "image") -> Json:
    """A file of a message."""
    media = "image/png" if kind == "image" else "application/pdf"
    name = f"{attachment_id}.{media[-3:]}"
    return {
        "type": kind,
        "id": attachment_id,
        "name": name,
        "mime_type": media,
        "preview_url": link,
    }


def whole_conversation(thread_id: str) -> list[Json]:
    """An item of every type that the hosted API has."""
    here = thread_id
    quoting = said(here, 1, "And in Oslo?", inference_options=_chosen("web", "gpt-5"))
    quoting["content"].insert(0, {"type": "quoted_text", "text": "5 °C in Bergen"})
    sources = (
        {"type": "url", "source": {"type": "url", "url": "https://yr.no/oslo"}},
        {"type": "file", "source": {"type": "file", "filename": "climate.pdf"}},
    )
    tool: Json = {"call_id": "call_1", "name": "show_map", "arguments": '{"place":"Oslo"}'}
    return [
        said(here, 0, "What is the weather in Bergen?"),
        quoting,
        item(here, 2, "task", task_type="thought", heading="Thinking", summary="About Oslo"),
        item(here, 3, "task_group", tasks=[_task("custom", "Look"), _task("thought", None, "Hm")]),
        item(here, 4, "client_tool_call", status="completed", output='{"ok":true}', **tool),
        item(here, 5, "client_tool_call", status="in_progress", output=None, **tool),
        item(here, 6, "widget", widget=json.dumps(WIDGET)),
        answered(here, 7, "5 °C, says the service. 🌧", *sources),
    ]


def fill(api: HostedApi, count: int) -> None:
    """Threads of several users; each has a message and an answer."""
    for number in range(count):
        one = thread(number, user=USERS[number % len(USERS)])
        here = one["id"]
        api.add(one, [said(here, 0, f"Hello {number}"), answered(here, 1, f"Hello to {number}")])


def _chosen(tool: str, model: str) -> Json:
    return {"tool_choice": {"id": tool}, "model": model}


def _task(kind: str, heading: str | None, summary: str | None = None) -> Json:
    return {"type": kind, "heading": heading, "summary": summary}
