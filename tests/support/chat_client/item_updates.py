"""Applying the updates of a `thread.item.updated` event to an item, as the ChatKit UI does.

Items are raw JSON: properties nobody here knows stay as they are.
"""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]


class Misfit(Exception):
    """The update does not fit the item, so a UI would ignore it."""


def apply_update(item: Json, update: Json) -> None:
    """Change the item in place; raise `Misfit` if the update has nothing to apply to."""
    handler = HANDLERS.get(update.get("type", ""))
    if handler is None:
        raise Misfit(f"unknown update {update.get('type')!r}")
    try:
        handler(item, update)
    except (KeyError, IndexError, TypeError) as error:
        raise Misfit(f"{update['type']} on {item.get('type')}: {error!r}") from error


def _part(item: Json, update: Json) -> Json:
    content: list[Json] = item["content"]
    while len(content) <= update["content_index"]:
        content.append({"type": "output_text", "text": "", "annotations": []})
    return content[update["content_index"]]


def _put_part(item: Json, update: Json) -> None:
    _part(item, update)
    item["content"][update["content_index"]] = update["content"]


def _text_delta(item: Json, update: Json) -> None:
    _part(item, update)["text"] += update["delta"]


def _annotation(item: Json, update: Json) -> None:
    annotations = _part(item, update).setdefault("annotations", [])
    annotations.insert(update["annotation_index"], update["annotation"])


def _widget_root(item: Json, update: Json) -> None:
    if item["type"] != "widget":
        raise KeyError("widget")
    item["widget"] = update["widget"]


def _widget_component(item: Json, update: Json) -> None:
    component = _component(item, update["component_id"])
    component.clear()
    component.update(update["component"])


def _widget_text(item: Json, update: Json) -> None:
    component = _component(item, update["component_id"])
    component["value"] = component.get("value", "") + update["delta"]
    if update.get("done") and "streaming" in component:
        component["streaming"] = False


def _task_added(item: Json, update: Json) -> None:
    item["workflow"]["tasks"].insert(update["task_index"], update["task"])


def _task_updated(item: Json, update: Json) -> None:
    item["workflow"]["tasks"][update["task_index"]] = update["task"]


def _image(item: Json, update: Json) -> None:
    if item["type"] != "generated_image":
        raise KeyError("image")
    item["image"] = update["image"]


def _component(item: Json, component_id: str) -> Json:
    for component in _components(item["widget"]):
        if component.get("id") == component_id:
            return component
    raise KeyError(component_id)


def _components(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for child in node.values():
            yield from _components(child)
    elif isinstance(node, list):
        for child in node:
            yield from _components(child)


HANDLERS: dict[str, Callable[[Json, Json], None]] = {
    "assistant_message.content_part.added": _put_part,
    "assistant_message.content_part.text_delta": _text_delta,
    "assistant_message.content_part.annotation_added": _annotation,
    "assistant_message.content_part.done": _put_part,
    "widget.root.updated": _widget_root,
    "widget.component.updated": _widget_component,
    "widget.streaming_text.value_delta": _widget_text,
    "workflow.task.added": _task_added,
    "workflow.task.updated": _task_updated,
    "generated_image.updated": _image,
}
