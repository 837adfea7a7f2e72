"""The events of a call so far: which of them belong to its result, and which are past."""

from dataclasses import dataclass, field

import orjson
from turnstream.contracts.text import dump_json
from turnstream.contracts.tools import lasting_seq
from turnstream.contracts.turns import Json

LASTING = frozenset(
    {
        "thread.item.done",
        "thread.item.replaced",
        "thread.item.removed",
        "client_effect",
        "notice",
    }
)
"""Events that are part of a result. Progress and the growth of an item are for the moment."""
_GROWTH = frozenset({"thread.item.added", "thread.item.updated"})

LIMIT = 1024 * 1024
"""Bytes of events kept for one call, to be shown again. A widget has a few thousand."""


class TooManyEvents(Exception):
    """The call has emitted more bytes than are kept for one call."""


class NotAnEvent(ValueError):
    """A tool emitted something else than a JSON object with a type, or an event it must not."""


@dataclass(frozen=True)
class NumberedEvent:
    """An event, and its number within the call."""

    seq: int
    event: Json
    size: int


@dataclass
class CallEvents:
    """The events of one call. Their numbers rise in the order in which they were emitted."""

    _seq: int = 0
    _lasting: list[NumberedEvent] = field(default_factory=list)
    _growing: dict[str, list[NumberedEvent]] = field(default_factory=dict)
    """Events of items that are not done yet, by item."""
    _kept: int = 0
    """Bytes of both."""

    def add(self, event: object) -> NumberedEvent:
        """Number an event. A copy is kept where a viewer who comes later must see it.

        Raises `NotAnEvent`, or `TooManyEvents` when the call has no room left.
        """
        text = _encoded(event)
        copy: Json = orjson.loads(text)
        kind = copy["type"]
        seq = lasting_seq(len(self._lasting)) if kind in LASTING else self._seq + 1
        emitted = NumberedEvent(seq, copy, len(text))
        if kind in LASTING or kind in _GROWTH:
            self._keep(emitted, kind)
        self._seq = emitted.seq
        return emitted

    def lasting(self) -> list[Json]:
        """The events of the result. An item that grew is there once, as it is when done."""
        return [emitted.event for emitted in self._lasting]

    def so_far(self) -> list[NumberedEvent]:
        """The events that a new viewer must be shown, in order."""
        growing = [emitted for events in self._growing.values() for emitted in events]
        return sorted([*self._lasting, *growing], key=lambda emitted: emitted.seq)

    def _keep(self, emitted: NumberedEvent, kind: str) -> None:
        item_id = _item_id(emitted.event)
        if kind in LASTING:
            grown = self._growing.pop(item_id, [])
            self._kept -= sum(each.size for each in grown)
        if self._kept + emitted.size > LIMIT:
            raise TooManyEvents(f"The call has shown more than {LIMIT} bytes of events.")
        self._kept += emitted.size
        events = self._growing.setdefault(item_id, []) if kind in _GROWTH else self._lasting
        events.append(emitted)


def _encoded(event: object) -> bytes:
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise NotAnEvent("An event is a dict with a type.")
    if event["type"] == "error":
        raise NotAnEvent("Only a turn that fails shows an error: raise, or show a notice.")
    try:
        return dump_json(event)
    except TypeError as error:
        raise NotAnEvent(f"The event {event['type']} is not JSON: {error}") from error


def _item_id(event: Json) -> str:
    item = event.get("item")
    held = item.get("id") if isinstance(item, dict) else event.get("item_id")
    return str(held)
