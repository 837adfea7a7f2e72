"""What a call has shown so far, and what of it lasts."""

from dataclasses import dataclass, field
from typing import Any

import orjson
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
    """The call has shown more than is kept for one call."""


class NotAnEvent(ValueError):
    """What a tool emitted is not a JSON object with a type, or not for a tool to emit."""


@dataclass(frozen=True)
class Emitted:
    """One event under its number."""

    seq: int
    event: Json
    size: int


@dataclass
class Emissions:
    """The events of one call, under numbers that rise in the order of their emission."""

    _seq: int = 0
    _lasting: list[Emitted] = field(default_factory=list)
    _growing: dict[str, list[Emitted]] = field(default_factory=dict)
    """Events of items that are not done yet, by item."""
    _kept: int = 0
    """Bytes of both."""

    def add(self, event: Any) -> Emitted:
        """Number an event, and keep a copy of it if a viewer who comes later must see it.

        Raises `NotAnEvent`, or `TooManyEvents` when the call has no room left.
        """
        text = _encoded(event)
        event = orjson.loads(text)
        kind = event["type"]
        seq = lasting_seq(len(self._lasting)) if kind in LASTING else self._seq + 1
        emitted = Emitted(seq, event, len(text))
        if kind in LASTING or kind in _GROWTH:
            self._keep(emitted, kind)
        self._seq = emitted.seq
        return emitted

    def lasting(self) -> list[Json]:
        """What belongs to the result: of an item that grew, only its end."""
        return [emitted.event for emitted in self._lasting]

    def so_far(self) -> list[Emitted]:
        """What someone who starts to look now must be shown, in order."""
        growing = [emitted for events in self._growing.values() for emitted in events]
        return sorted([*self._lasting, *growing], key=lambda emitted: emitted.seq)

    def _keep(self, emitted: Emitted, kind: str) -> None:
        item_id = _item_id(emitted.event)
        if kind in LASTING:
            grown = self._growing.pop(item_id, [])
            self._kept -= sum(each.size for each in grown)
        if self._kept + emitted.size > LIMIT:
            raise TooManyEvents(f"The call has shown more than {LIMIT} bytes of events.")
        self._kept += emitted.size
        events = self._growing.setdefault(item_id, []) if kind in _GROWTH else self._lasting
        events.append(emitted)


def _encoded(event: Any) -> bytes:
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise NotAnEvent("An event is a dict with a type.")
    if event["type"] == "error":
        raise NotAnEvent("Only a turn that fails shows an error: raise, or show a notice.")
    try:
        return orjson.dumps(event)
    except TypeError as error:
        raise NotAnEvent(f"The event {event['type']} is not JSON: {error}") from error


def _item_id(event: Json) -> str:
    item = event.get("item")
    held = item.get("id") if isinstance(item, dict) else event.get("item_id")
    return str(held)
