"""Making the answers of two backends comparable: ids, times and the cut of deltas differ."""

import re
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any, overload

Json = dict[str, Any]

TEXT_DELTA = "assistant_message.content_part.text_delta"
VALUE_DELTA = "widget.streaming_text.value_delta"
MODEL_CALL_ID = re.compile(r"call_[0-9a-f]{32}")
"""The ids the model server makes up; ids that a script gave stay as they are."""


class Names:
    """Stable names for ids, by order of first appearance.

    Keep one per backend and hand it to each `normalize`, so that a thread read later has the same
    names as the events before.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._count: Counter[str] = Counter()

    def give(self, kind: str, value: Any) -> None:
        """Name an id, unless it has a name."""
        if isinstance(value, str) and value not in self._names:
            self._count[kind] += 1
            self._names[value] = f"{kind}-{self._count[kind]}"

    def of(self, value: str) -> str:
        """The name of an id; any other text is its own name."""
        return self._names.get(value, value)

    def ids_in(self, value: Any) -> Any:
        """A copy of a request in which every name that was given is the id again."""
        ids = {name: given for given, name in self._names.items()}
        return _replace_text(value, lambda text: ids.get(text, text))


@overload
def normalize(value: list[Json], names: Names | None = None) -> list[Json]: ...
@overload
def normalize(value: Json, names: Names | None = None) -> Json: ...
def normalize(value: list[Json] | Json, names: Names | None = None) -> list[Json] | Json:
    """A copy of a list of events, or of a thread or page, with everything arbitrary replaced.

    Ids of threads, items, attachments and images get names wherever they occur as a whole string;
    times and measured durations get placeholders; cursors only tell that there is more;
    consecutive deltas of one text are one delta.
    """
    names = names or Names()
    plain: Any = merge_deltas(value) if isinstance(value, list) else deepcopy(value)
    _collect(plain, names)
    replaced: list[Json] | Json = _replace(plain, names)
    return replaced


def merge_deltas(events: list[Json]) -> list[Json]:
    """Join neighbouring deltas of the same content part, or of the same widget component."""
    merged: list[Json] = []
    for event in deepcopy(events):
        if merged and _target(event) is not None and _target(event) == _target(merged[-1]):
            before, now = merged[-1]["update"], event["update"]
            merged[-1]["update"] = now | {"delta": before["delta"] + now["delta"]}
        else:
            merged.append(event)
    return merged


def _target(event: Json) -> tuple[Any, ...] | None:
    update = event.get("update") or {}
    where = {TEXT_DELTA: "content_index", VALUE_DELTA: "component_id"}.get(update.get("type", ""))
    return (event["item_id"], update["type"], update[where]) if where else None


def _collect(node: Any, names: Names) -> None:
    if isinstance(node, list):
        for child in node:
            _collect(child, names)
    elif isinstance(node, dict):
        kind = _kind(node)
        if kind:
            names.give(kind, node["id"])
        names.give("thread", node.get("thread_id"))
        names.give("item", node.get("item_id"))
        if MODEL_CALL_ID.fullmatch(str(node.get("call_id"))):
            names.give("call", node["call_id"])
        for child in node.values():
            _collect(child, names)


def _kind(node: Json) -> str | None:
    """What the `id` of a node identifies; ids that an app wrote (widgets, tags) are content."""
    if not isinstance(node.get("id"), str):
        return None
    if "mime_type" in node:
        return "attachment"
    if "created_at" in node:
        return "item" if "thread_id" in node else "thread"
    return "image" if set(node) == {"id", "url"} else None


def _replace_text(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, str):
        return change(node)
    if isinstance(node, list):
        return [_replace_text(child, change) for child in node]
    if isinstance(node, dict):
        return {key: _replace_text(child, change) for key, child in node.items()}
    return node


def _replace(node: Any, names: Names) -> Any:
    if isinstance(node, str):
        return names.of(node)
    if isinstance(node, list):
        return [_replace(child, names) for child in node]
    if not isinstance(node, dict):
        return node
    replaced = {key: _replace(child, names) for key, child in node.items()}
    if "created_at" in node:
        replaced["created_at"] = "<time>"
    if set(node) == {"duration"}:
        replaced["duration"] = "<duration>"
    if "has_more" in node:
        replaced.pop("after", None)
    return replaced
