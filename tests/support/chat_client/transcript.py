"""The thread as a ChatKit UI holds it: built from events, or loaded."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from .item_updates import Misfit, apply_update

Json = dict[str, Any]
ItemStatus = Literal["in_progress", "done"]


@dataclass
class Transcript:
    """What the user sees. Keys of `items` and `status` are item ids, in the order of display.

    `complaints` lists events a UI could not have applied; a correct stream has none.
    """

    thread: Json | None = None
    items: dict[str, Json] = field(default_factory=dict)
    status: dict[str, ItemStatus] = field(default_factory=dict)
    stream_options: Json | None = None
    progress: list[Json] = field(default_factory=list)
    effects: list[Json] = field(default_factory=list)
    notices: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def copy(self) -> "Transcript":
        return deepcopy(self)

    def become(self, other: "Transcript") -> None:
        """Take over the other's content; complaints are never taken back."""
        complaints = self.complaints
        self.__dict__.update(deepcopy(other.__dict__))
        self.complaints = complaints

    def load(self, thread: Json, items: list[Json]) -> None:
        """Show a thread as the server stores it; nothing in it is in progress."""
        self.thread = _without_items(thread)
        self.items = {item["id"]: deepcopy(item) for item in items}
        self.status = dict.fromkeys(self.items, "done")

    def apply(self, event: Json) -> None:
        """Apply one ThreadStreamEvent. Adding an item again resets it where it stands."""
        event = deepcopy(event)
        match event.get("type"):
            case "thread.created" | "thread.updated":
                self.thread = _without_items(event["thread"])
            case "thread.item.added":
                self._put(event["item"], "in_progress")
            case "thread.item.done" | "thread.item.replaced":
                self._put(event["item"], "done")
            case "thread.item.updated":
                self._update(event["item_id"], event["update"])
            case "thread.item.removed":
                self._remove(event["item_id"])
            case "stream_options":
                self.stream_options = event["stream_options"]
            case "progress_update":
                self.progress.append(event)
            case "client_effect":
                self.effects.append(event)
            case "notice":
                self.notices.append(event)
            case "error":
                self.errors.append(event)
            case other:
                self.complaints.append(f"unknown event {other!r}")

    def answer_client_tool_call(self, result: Any) -> None:
        """What the UI does itself when it sends a tool's output: no event tells it."""
        for item in reversed(self.items.values()):
            if item["type"] == "client_tool_call" and item["status"] == "pending":
                item.update(status="completed", output=result)
                return

    def drop_after(self, item_id: str) -> None:
        """What the UI does itself when it retries after a message: no event tells it."""
        ids = list(self.items)
        for later in ids[ids.index(item_id) + 1 :] if item_id in ids else []:
            self._remove(later)

    def text(self) -> str:
        """Everything the assistant wrote, item by item, for short assertions."""
        return "\n".join(
            "".join(part.get("text", "") for part in item["content"])
            for item in self.items.values()
            if item["type"] == "assistant_message"
        )

    def _put(self, item: Json, status: ItemStatus) -> None:
        self.items[item["id"]] = item
        self.status[item["id"]] = status

    def _remove(self, item_id: str) -> None:
        self.items.pop(item_id, None)
        self.status.pop(item_id, None)

    def _update(self, item_id: str, update: Json) -> None:
        item = self.items.get(item_id)
        if item is None:
            self.complaints.append(f"{update.get('type')} for an unknown item {item_id}")
            return
        try:
            apply_update(item, update)
        except Misfit as misfit:
            self.complaints.append(str(misfit))


def _without_items(thread: Json) -> Json:
    return {name: value for name, value in thread.items() if name != "items"}
