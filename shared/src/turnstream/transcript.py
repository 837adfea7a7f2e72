"""What a viewer of a log holds: the log's events applied to an empty thread, as the UI does.

A new attempt reads it to know what need not be sent again; whoever closes an abandoned turn reads
it to know what the user saw. Items stay opaque: only the fields that updates touch are looked at.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from turnstream.contracts.ids import digest
from turnstream.contracts.turns import Json


class Transcript:
    """Items by id, done or still open, and how often each other event was seen."""

    def __init__(self) -> None:
        self.open: dict[str, Json] = {}
        self.done: dict[str, Json] = {}
        self.removed: set[str] = set()
        self.others: Counter[str] = Counter()

    @classmethod
    def of(cls, events: Iterable[bytes]) -> "Transcript":
        """The transcript after these JSON events."""
        transcript = cls()
        for event in events:
            transcript.apply(orjson.loads(event))
        return transcript

    def apply(self, event: Json) -> None:
        """Apply one event. Updates of items that are not open here count as other events."""
        kind = event["type"]
        if kind == "thread.item.added":
            self._settle(event["item"]["id"])
            self.open[event["item"]["id"]] = event["item"]
        elif kind in ("thread.item.done", "thread.item.replaced"):
            self._settle(event["item"]["id"])
            self.done[event["item"]["id"]] = event["item"]
        elif kind == "thread.item.removed":
            self._settle(event["item_id"])
            self.removed.add(event["item_id"])
        elif kind == "thread.item.updated" and event["item_id"] in self.open:
            _update(self.open[event["item_id"]], event["update"])
        else:
            self.others[event_digest(event)] += 1

    def _settle(self, item_id: str) -> None:
        self.open.pop(item_id, None)
        self.done.pop(item_id, None)
        self.removed.discard(item_id)


def event_digest(event: Json) -> str:
    """Names an event by its content."""
    return digest(orjson.dumps(event, option=orjson.OPT_SORT_KEYS).decode())


def _update(item: Json, update: Json) -> None:
    kind = update["type"]
    if kind.startswith("assistant_message.content_part."):
        _update_message(item, kind.rsplit(".", 1)[1], update)
    elif kind == "workflow.task.added":
        item["workflow"]["tasks"].insert(update["task_index"], update["task"])
    elif kind == "workflow.task.updated":
        tasks = item["workflow"]["tasks"]
        tasks[update["task_index"] : update["task_index"] + 1] = [update["task"]]
    elif kind == "widget.root.updated":
        item["widget"] = update["widget"]
    elif kind == "generated_image.updated":
        item["image"] = update["image"]


def _update_message(item: Json, change: str, update: Json) -> None:
    parts: list[Any] = item["content"]
    while len(parts) <= update["content_index"]:
        parts.append({"type": "output_text", "text": "", "annotations": []})
    index = update["content_index"]
    if change in ("added", "done"):
        parts[index] = update["content"]
    elif change == "text_delta":
        parts[index]["text"] += update["delta"]
    elif change == "annotation_added":
        parts[index].setdefault("annotations", []).insert(
            update["annotation_index"], update["annotation"]
        )


def is_blank(item: Json) -> bool:
    """True for an assistant message without a visible character: nothing worth keeping."""
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
