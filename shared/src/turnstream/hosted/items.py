"""Items of hosted ChatKit in our form: that of ChatKit's own items.

What is made here is valid wherever ChatKit's types are read: a test gives all of it to them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from turnstream.contracts.text import storable_arguments
from turnstream.contracts.times import utc_text
from turnstream.contracts.turns import Json
from turnstream.hosted import shapes

_PREFIX = "chatkit."

Attached = Mapping[str, Json]
"""Attachments of a thread in our form, by id."""


class UnreadableItem(Exception):
    """The item has no form here. The text says why, in a few words that can be counted."""


def our_item(item: Json, thread_id: str, attached: Attached) -> Json:
    """An item in our form. Raises `UnreadableItem` for an unknown type, and for one that is
    damaged.
    """
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _READERS:
        raise UnreadableItem(f"of unknown type {str(kind)[:60]}")
    try:
        return _READERS[kind](item, thread_id, attached)
    except (ValidationError, orjson.JSONDecodeError) as error:
        raise UnreadableItem(f"damaged {kind}") from error


def attachments_of(item: Json) -> list[shapes.HostedAttachment]:
    """The files that a message names. Empty for any other item, and for a damaged one."""
    if item.get("type") != "chatkit.user_message":
        return []
    try:
        return shapes.UserMessage.model_validate(item).attachments
    except ValidationError:
        return []


def moment(seconds: float) -> datetime:
    """A moment of Unix time."""
    return datetime.fromtimestamp(seconds, UTC)


def _user_message(item: Json, thread_id: str, attached: Attached) -> Json:
    said = shapes.UserMessage.model_validate(item)
    quoted = [part.text for part in said.content if part.type == "quoted_text"]
    texts = [part.text for part in said.content if part.type == "input_text"]
    options = said.inference_options or shapes.HostedOptions()
    message = {
        **_common(said, thread_id),
        "content": [{"type": "input_text", "text": text} for text in texts],
        "attachments": [attached[each.id] for each in said.attachments],
        "inference_options": options.model_dump(exclude_none=True),
    }
    return message | ({"quoted_text": "\n\n".join(quoted)} if quoted else {})


def _assistant_message(item: Json, thread_id: str, _: Attached) -> Json:
    answer = shapes.AssistantMessage.model_validate(item)
    content = [
        {
            "type": "output_text",
            "text": part.text,
            "annotations": [
                {"type": "annotation", "source": _source(each.source)} for each in part.annotations
            ],
        }
        for part in answer.content
    ]
    return {**_common(answer, thread_id), "content": content}


def _source(source: shapes.HostedSource) -> Json:
    """A source with a title, which the hosted API does not give and ChatKit asks for."""
    field = "filename" if source.type == "file" else "url"
    name: str = getattr(source, field)
    return {"type": source.type, field: name, "title": source.title or name}


def _widget(item: Json, thread_id: str, _: Attached) -> Json:
    shown = shapes.Widget.model_validate(item)
    widget = _object(shown.widget)
    if not isinstance(widget.get("type"), str):
        raise UnreadableItem("damaged chatkit.widget")
    return {**_common(shown, thread_id), "widget": widget}


def _client_tool_call(item: Json, thread_id: str, _: Attached) -> Json:
    call = shapes.ClientToolCall.model_validate(item)
    made = {
        **_common(call, thread_id),
        "status": "completed" if call.status == "completed" else "pending",
        "call_id": call.call_id,
        "name": call.name,
        "arguments": _object(call.arguments),
    }
    return made | ({} if call.output is None else {"output": call.output})


def _task(item: Json, thread_id: str, _: Attached) -> Json:
    task = shapes.Task.model_validate(item)
    return {**_common(task, thread_id), "task": _step(task.task_type, task)}


def _task_group(item: Json, thread_id: str, _: Attached) -> Json:
    group = shapes.TaskGroup.model_validate(item)
    tasks = [_step(task.type, task) for task in group.tasks]
    thoughts = bool(tasks) and all(task["type"] == "thought" for task in tasks)
    kind = "reasoning" if thoughts else "custom"
    workflow = {"type": kind, "tasks": tasks, "expanded": False}
    return {**_common(group, thread_id), "workflow": workflow}


def _step(kind: str, step: shapes.HostedStep) -> Json:
    """A task. ChatKit's thoughts always have a text."""
    fields = {"title": step.heading, "content": step.summary}
    given = {name: text for name, text in fields.items() if text is not None}
    if kind == "thought":
        return {"type": "thought", "content": "", **given}
    return {"type": "custom", **given}


def _common(item: shapes.HostedItem, thread_id: str) -> Json:
    return {
        "id": item.id,
        "thread_id": thread_id,
        "created_at": utc_text(moment(item.created_at)),
        "type": _TYPES.get(item.type, item.type.removeprefix(_PREFIX)),
    }


def _object(text: str) -> Json:
    """JSON text of an object."""
    document = orjson.loads(storable_arguments(text))
    if not isinstance(document, dict):
        raise orjson.JSONDecodeError("no object", text, 0)
    return document


_TYPES = {"chatkit.task_group": "workflow"}
"""Types that are called otherwise here."""
_READERS: Mapping[str, Callable[[Json, str, Attached], Json]] = {
    "chatkit.user_message": _user_message,
    "chatkit.assistant_message": _assistant_message,
    "chatkit.widget": _widget,
    "chatkit.client_tool_call": _client_tool_call,
    "chatkit.task": _task,
    "chatkit.task_group": _task_group,
}
