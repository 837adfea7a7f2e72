"""The fields that events, items and updates must have, as far as the grammar reads them."""

from collections.abc import Iterator, Mapping

from turnstream.contracts.turns import Json

Fields = Mapping[str, type | tuple[type, ...]]

EVENTS: Mapping[str, Fields] = {
    "thread.created": {"thread": dict},
    "thread.updated": {"thread": dict},
    "thread.item.added": {"item": dict},
    "thread.item.done": {"item": dict},
    "thread.item.replaced": {"item": dict},
    "thread.item.updated": {"item_id": str, "update": dict},
    "thread.item.removed": {"item_id": str},
    "stream_options": {"stream_options": dict},
    "progress_update": {"text": str},
    "client_effect": {"name": str},
    "notice": {"level": str, "message": str},
    "error": {"code": str},
}
ITEMS: Mapping[str, Fields] = {
    "user_message": {"content": list},
    "assistant_message": {"content": list},
    "client_tool_call": {"call_id": str, "name": str, "arguments": dict},
    "widget": {"widget": dict},
    "generated_image": {},
    "structured_input": {"inputs": list},
    "workflow": {"workflow": dict},
    "task": {"task": dict},
    "end_of_turn": {},
    "hidden_context_item": {},
    "sdk_hidden_context": {},
}
_PART: Fields = {"content_index": int}
_TASK: Fields = {"task_index": int, "task": dict}
UPDATES: Mapping[str, Fields] = {
    "assistant_message.content_part.added": {**_PART, "content": dict},
    "assistant_message.content_part.text_delta": {**_PART, "delta": str},
    "assistant_message.content_part.annotation_added": {
        **_PART,
        "annotation_index": int,
        "annotation": dict,
    },
    "assistant_message.content_part.done": {**_PART, "content": dict},
    "widget.root.updated": {"widget": dict},
    "widget.component.updated": {"component_id": str, "component": dict},
    "widget.streaming_text.value_delta": {"component_id": str, "delta": str},
    "workflow.task.added": _TASK,
    "workflow.task.updated": _TASK,
    "generated_image.updated": {"image": dict},
}
_HEAD: Fields = {"id": str, "type": str, "thread_id": str, "created_at": str}
"""What every item has."""
_THREAD: Fields = {"id": str, "created_at": str}


def misshapen(event: Json) -> Iterator[str]:
    """What is missing in an event, or of another type than it must be; nothing when all is well."""
    yield from _wrong("", event, EVENTS.get(str(event.get("type")), {}))
    thread, item, update = (_part(event, name) for name in ("thread", "item", "update"))
    if thread is not None:
        yield from _wrong("thread.", thread, _THREAD)
    if item is not None:
        kind = str(item.get("type"))
        yield from _wrong("item.", item, {**_HEAD, **ITEMS.get(kind, {})})
        if kind == "assistant_message" and isinstance(item.get("content"), list):
            for part in item["content"]:
                yield from _wrong_text("item.content.", part)
    if update is not None:
        yield from _wrong(
            "update.", update, {"type": str, **UPDATES.get(str(update.get("type")), {})}
        )
        if isinstance(update.get("content"), dict):
            yield from _wrong_text("update.content.", update["content"])


def unknown_types(event: Json) -> Iterator[str]:
    """The types in an event that the protocol does not have."""
    yield from _unknown("event", event, EVENTS)
    yield from _unknown("item", _part(event, "item"), ITEMS)
    yield from _unknown("update", _part(event, "update"), UPDATES)


def _part(event: Json, name: str) -> Json | None:
    part = event.get(name)
    return part if isinstance(part, dict) else None


def _wrong(where: str, value: Json, fields: Fields) -> Iterator[str]:
    for name, kind in fields.items():
        if not isinstance(value.get(name), kind):
            yield f"{where}{name} of {value.get('type', 'a thread')} is {value.get(name)!r:.60}"


def _wrong_text(where: str, part: object) -> Iterator[str]:
    if not isinstance(part, dict):
        yield f"{where} is {part!r:.60}"
    elif part.get("type") == "output_text":
        yield from _wrong(where, part, {"text": str})


def _unknown(what: str, value: Json | None, known: Mapping[str, Fields]) -> Iterator[str]:
    if value is not None and isinstance(value.get("type"), str) and value["type"] not in known:
        yield f"unknown {what} {value.get('type')!r}"
