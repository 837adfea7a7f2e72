"""Applying the updates of a `thread.item.updated` event to an item, as the ChatKit UI does.

Items are raw JSON: properties nobody here knows stay as they are.
"""

from collections.abc import Callable, Iterator

from turnstream.conformance.grammar.rules import (
    ANNOTATIONS_IN_ORDER,
    COMPONENTS_EXIST,
    PARTS_IN_ORDER,
    TASKS_IN_ORDER,
    UPDATE_FITS,
)
from turnstream.conformance.rules import Rule
from turnstream.contracts.turns import Json


class UpdateMismatch(Exception):
    """The update does not fit the item, so a UI would ignore it."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


def apply_update(item: Json, update: Json) -> None:
    """Change the item in place; raise `UpdateMismatch` if the update has nothing to apply to."""
    kind = update.get("type", "")
    handler = HANDLERS.get(kind)
    if handler is None:
        raise UpdateMismatch(UPDATE_FITS, f"unknown update {kind!r}")
    if item.get("type") != kind.partition(".")[0]:
        raise UpdateMismatch(UPDATE_FITS, f"{kind} on {item.get('type')}")
    try:
        handler(item, update)
    except (KeyError, IndexError, TypeError) as error:
        raise UpdateMismatch(UPDATE_FITS, f"{kind} on {item.get('type')}: {error!r}") from error


def _part(item: Json, update: Json) -> Json:
    content: list[Json] = item["content"]
    index = update["content_index"]
    if not 0 <= index <= len(content):
        raise UpdateMismatch(PARTS_IN_ORDER, f"part {index} of {len(content)}")
    if index == len(content):
        content.append({"type": "output_text", "text": "", "annotations": []})
    return content[index]


def _put_part(item: Json, update: Json) -> None:
    _part(item, update)
    item["content"][update["content_index"]] = update["content"]


def _text_delta(item: Json, update: Json) -> None:
    _part(item, update)["text"] += update["delta"]


def _annotation(item: Json, update: Json) -> None:
    annotations: list[Json] = _part(item, update).setdefault("annotations", [])
    index = update["annotation_index"]
    if not 0 <= index <= len(annotations):
        raise UpdateMismatch(ANNOTATIONS_IN_ORDER, f"annotation {index} of {len(annotations)}")
    annotations.insert(index, update["annotation"])


def _widget_root(item: Json, update: Json) -> None:
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
    tasks: list[Json] = item["workflow"]["tasks"]
    if not 0 <= update["task_index"] <= len(tasks):
        raise UpdateMismatch(TASKS_IN_ORDER, f"task {update['task_index']} added to {len(tasks)}")
    tasks.insert(update["task_index"], update["task"])


def _task_updated(item: Json, update: Json) -> None:
    tasks: list[Json] = item["workflow"]["tasks"]
    if not 0 <= update["task_index"] < len(tasks):
        raise UpdateMismatch(TASKS_IN_ORDER, f"task {update['task_index']} of {len(tasks)} updated")
    tasks[update["task_index"]] = update["task"]


def _image(item: Json, update: Json) -> None:
    item["image"] = update["image"]


def _component(item: Json, component_id: str) -> Json:
    for component in _components(item["widget"]):
        if component.get("id") == component_id:
            return component
    raise UpdateMismatch(COMPONENTS_EXIST, f"no component {component_id!r} in the widget")


def _components(node: object) -> Iterator[Json]:
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
