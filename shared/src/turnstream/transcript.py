"""The items that a stream of events made: finished items, and open items as far as they came.

With it, a new attempt knows what viewers hold already, an attempt that ends early knows what the
user saw, and so does the store when it closes an abandoned turn. No other code of a server applies
events to items; `turnstream.conformance` has its own, because a judge shares nothing with what it
judges. Items stay opaque: only the fields that updates change are read.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

import orjson

from turnstream.contracts.ids import digest
from turnstream.contracts.turns import Json

_PART = "assistant_message.content_part."
TEXT_DELTA = f"{_PART}text_delta"
"""The update that appends text to one part of a message."""


class Transcript:
    """Follows the events of a turn."""

    def __init__(self) -> None:
        self.done: dict[str, Json] = {}
        """Finished items by id."""
        self.others: Counter[str] = Counter()
        """How often each event was seen that belongs to no open item, by `event_digest`."""
        self._open: dict[str, Json] = {}
        self._texts: dict[str, list[tuple[int, str]]] = {}

    @classmethod
    def of(cls, events: Iterable[bytes]) -> "Transcript":
        """The transcript of these events, given as JSON texts."""
        transcript = cls()
        for event in events:
            transcript.apply(orjson.loads(event))
        return transcript

    @property
    def open_items(self) -> dict[str, Json]:
        """The items that began and did not end, by id, in the order in which they began."""
        for item_id in list(self._texts):
            self._join_text(item_id)
        return self._open

    def is_open(self, item_id: str) -> bool:
        """True for an item that began and did not end."""
        return item_id in self._open

    def apply(self, event: Json) -> None:
        """Apply one event, whose items then belong to the transcript.

        An update of an item that is not open here counts as one of the other events.
        """
        match event["type"]:
            case "thread.item.added":
                item = event["item"]
                self._forget(item["id"])
                self._open[item["id"]] = item
            case "thread.item.done" | "thread.item.replaced":
                item = event["item"]
                self._forget(item["id"])
                self.done[item["id"]] = item
            case "thread.item.removed":
                self._forget(event["item_id"])
            case "thread.item.updated" if event["item_id"] in self._open:
                self._update(event["item_id"], event["update"])
            case _:
                self.others[event_digest(event)] += 1

    def _update(self, item_id: str, update: Json) -> None:
        """Collect text, and join it when it is needed: a long answer has thousands of deltas."""
        if update["type"] == TEXT_DELTA:
            text = update["content_index"], update["delta"]
            self._texts.setdefault(item_id, []).append(text)
        else:
            self._join_text(item_id)
            apply_update(self._open[item_id], update)

    def _join_text(self, item_id: str) -> None:
        for index, texts in groupby(self._texts.pop(item_id, ()), key=itemgetter(0)):
            delta = "".join(text for _, text in texts)
            update = {"type": TEXT_DELTA, "content_index": index, "delta": delta}
            apply_update(self._open[item_id], update)

    def _forget(self, item_id: str) -> None:
        self._open.pop(item_id, None)
        self._texts.pop(item_id, None)
        self.done.pop(item_id, None)


def event_digest(event: Json) -> str:
    """Names an event by its content."""
    return digest(orjson.dumps(event, option=orjson.OPT_SORT_KEYS).decode())


def apply_update(item: Json, update: Json) -> None:
    """Change an item as the `thread.item.updated` event with this update does.

    An update that does not fit its item changes nothing.
    """
    kind: str = update["type"]
    if kind.startswith(_PART) and "content" in item:
        _update_message(item["content"], kind.removeprefix(_PART), update)
    elif kind.startswith("workflow.task.") and "workflow" in item:
        index, after = update["task_index"], update["task_index"] + kind.endswith("updated")
        item["workflow"]["tasks"][index:after] = [update["task"]]
    elif kind.startswith("widget.") and "widget" in item:
        _update_widget(item, kind.removeprefix("widget."), update)
    elif kind == "generated_image.updated":
        item["image"] = update["image"]


def _update_message(parts: list[Json], change: str, update: Json) -> None:
    index = update["content_index"]
    while len(parts) <= index:
        parts.append({"type": "output_text", "text": "", "annotations": []})
    if change in ("added", "done"):
        parts[index] = update["content"]
    elif change == "text_delta":
        parts[index]["text"] += update["delta"]
    elif change == "annotation_added":
        annotations = parts[index].setdefault("annotations", [])
        annotations.insert(update["annotation_index"], update["annotation"])


def _update_widget(item: Json, change: str, update: Json) -> None:
    if change == "root.updated":
        item["widget"] = update["widget"]
        return
    component = _component(item["widget"], update["component_id"])
    if component is None:
        return
    if change == "component.updated":
        component.clear()
        component.update(update["component"])
    elif change == "streaming_text.value_delta":
        component["value"] = component.get("value", "") + update["delta"]
        if update.get("done") and "streaming" in component:
            component["streaming"] = False


def _component(node: object, component_id: str) -> Json | None:
    """The component of this id in a widget, wherever it is."""
    if isinstance(node, dict) and node.get("id") == component_id and "type" in node:
        return node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = (_component(child, component_id) for child in inner)
    return next((component for component in found if component is not None), None)


def is_blank(item: Json) -> bool:
    """True for an assistant message without a visible character."""
    return all(not str(part.get("text", "")).strip() for part in item.get("content", ()))


def same_content(one: Json, other: Json) -> bool:
    """True when two versions of an item differ in nothing but when they were made."""
    return _timeless(one) == _timeless(other)


def _timeless(item: Json) -> Json:
    rest = {key: value for key, value in item.items() if key != "created_at"}
    workflow = rest.get("workflow")
    if isinstance(workflow, dict) and "duration" in (workflow.get("summary") or {}):
        rest["workflow"] = {**workflow, "summary": None}
    return rest
