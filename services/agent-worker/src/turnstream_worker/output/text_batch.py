"""Consecutive text deltas of one item, joined into one event."""

import orjson
from turnstream.contracts.turns import Json
from turnstream.transcript import TEXT_DELTA

_WIDGET_TEXT = "widget.streaming_text.value_delta"
_TARGETS = {TEXT_DELTA: "content_index", _WIDGET_TEXT: "component_id"}
"""The updates that append text, and the field that says to which text of the item."""

_PROVISIONAL = ("assistant_message.content_part.added", TEXT_DELTA)


class TextBatch:
    """Text deltas that are not sent yet, as they came: `thread.item.updated` events."""

    def __init__(self, event: Json) -> None:
        self._event = event
        self._texts: list[str] = [event["update"]["delta"]]

    def join(self, event: Json) -> bool:
        """Take in a delta that continues this text; False for any other."""
        if event["item_id"] != self._event["item_id"] or not self._continues(event["update"]):
            return False
        self._event = event  # the newest delta says whether the text is done
        self._texts.append(event["update"]["delta"])
        return True

    def dump(self) -> bytes:
        """The one event that stands for all of them."""
        update = {**self._event["update"], "delta": "".join(self._texts)}
        return orjson.dumps({**self._event, "update": update})

    def _continues(self, update: Json) -> bool:
        mine, kind = self._event["update"], update["type"]
        target = _TARGETS[kind]
        return bool(
            kind == mine["type"] and update[target] == mine[target] and not mine.get("done")
        )


def text_of(event: Json) -> str | None:
    """The text that an event adds to a message or a widget; None for any other event."""
    if event["type"] != "thread.item.updated" or event["update"]["type"] not in _TARGETS:
        return None
    text: str = event["update"]["delta"]
    return text


def target_of(event: Json) -> tuple[object, ...]:
    """Names the text that an event adds to. Only for events that `text_of` knows."""
    update = event["update"]
    return event["item_id"], update[_TARGETS[update["type"]]]


def is_provisional(event: Json) -> bool:
    """True for the beginning of a message and for its text: taken back if the attempt dies."""
    kind: str = event["type"]
    if kind == "thread.item.updated":
        return event["update"]["type"] in _PROVISIONAL
    return kind == "thread.item.added" and event["item"]["type"] == "assistant_message"
