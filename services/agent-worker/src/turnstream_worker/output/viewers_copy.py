"""What the viewers of a turn already hold, by the log of its earlier attempts.

An attempt runs the turn again from its start. It does not send again what viewers hold, except an
item that comes out different.
"""

from collections.abc import Iterable, Sequence

from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.turns import Json
from turnstream.http import sse
from turnstream.redis.event_log import Entry
from turnstream.transcript import Transcript, event_digest, same_content

DONE, REPLACED = "thread.item.done", "thread.item.replaced"


class ViewersCopy:
    """The events of earlier attempts that the current attempt has not emitted again yet."""

    def __init__(self, log: Sequence[Entry] = ()) -> None:
        earlier = (entry.frames for entry in log if entry.position.attempt > 0)
        self._held = Transcript.of(event for frames in earlier for event in sse.events_in(frames))
        self._begun: set[str] = set()

    def reconcile(self, stored: Iterable[Json]) -> list[Json]:
        """The events that bring viewers in line with what earlier attempts stored.

        Items that were left open are taken back. Items that were stored and not shown (their
        attempt died in between, or the log was lost) are shown now, in the order of the store:
        parallel tools end in any order, so the replay could show them elsewhere.
        """
        items = {item["id"]: _public(item) for item in stored}
        events: list[Json] = [
            {"type": "thread.item.removed", "item_id": item_id}
            for item_id in self._held.open_items
            if item_id not in items
        ]
        events += [
            {"type": REPLACED if item["id"] in self._held.done else DONE, "item": item}
            for item in items.values()
            if item["type"] not in HIDDEN_TYPES and not self._holds(item)
        ]
        for event in events:
            self._held.apply(event)
        return events

    def news(self, event: Json) -> Json | None:
        """The event as viewers must be told it; None when they hold what it would bring. Ask once
        for each event, in order.

        An item ends once: one that viewers hold and that comes out different is replaced.
        """
        again = event["type"] == DONE and event["item"]["id"] in self._held.done
        if self._has(event):
            return None
        return {**event, "type": REPLACED} if again else event

    def _has(self, event: Json) -> bool:
        if not self._held.done and not self._held.others:
            return False
        match event["type"]:
            case "thread.item.added":
                item_id = event["item"]["id"]
                self._begun.add(item_id)
                return item_id in self._held.done
            case "thread.item.updated" if event["item_id"] in self._begun:
                return event["item_id"] in self._held.done
            case kind if kind in (DONE, REPLACED):
                held = self._held.done.pop(event["item"]["id"], None)
                return held is not None and same_content(held, event["item"])
            case "thread.item.removed":
                self._held.done.pop(event["item_id"], None)
                return False
            case _:
                return self._has_other(event)

    def _has_other(self, event: Json) -> bool:
        if not self._held.others:
            return False
        name = event_digest(event)
        seen = self._held.others[name] > 0
        if seen:
            self._held.others[name] -= 1
        return seen

    def _holds(self, item: Json) -> bool:
        held = self._held.done.get(item["id"])
        return held is not None and same_content(held, item)


def _public(item: Json) -> Json:
    """A stored item as clients see it: attachment metadata is for the assistant only."""
    if not item.get("attachments"):
        return item
    visible = [
        {key: value for key, value in attachment.items() if key != "metadata"}
        for attachment in item["attachments"]
    ]
    return {**item, "attachments": visible}
