"""An answer as a sequence of events, before it becomes bytes: what a dialect changes."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..frame import Frame
from ..steps import Control

Json = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One event of a stream. `data` that is text goes out as it is; `name` is its `event:` line."""

    data: Json | str
    name: str | None = None
    delta: bool = False
    terminal: bool = False

    def with_data(self, data: Json | str) -> "Event":
        """The same event with other data."""
        return replace(self, data=data)

    @property
    def document(self) -> Json:
        """The data, if it is JSON; empty for `[DONE]` and its like."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def text(self) -> str:
        """The data as it is written."""
        return self.data if isinstance(self.data, str) else json.dumps(self.data)


Part = Event | Control | bytes
"""What a stream is made of. Bytes go out as they are."""
Change = Callable[[list[Part]], list[Part]]
"""A deviation: a pure function over the parts of an answer."""
Encode = Callable[[Event], Iterable[bytes]]
"""How an event becomes bytes; each piece is written to the socket on its own."""


def parsed(frames: Iterable[Frame | Control]) -> list[Part]:
    """The answer of a well-behaved server as events."""
    return [_event(frame) if isinstance(frame, Frame) else frame for frame in frames]


def as_sse(event: Event) -> Iterator[bytes]:
    """As OpenAI writes it."""
    head = f"event: {event.name}\n" if event.name else ""
    yield f"{head}data: {event.text}\n\n".encode()


def encoded(parts: Iterable[Part], encode: Encode) -> Iterator[Frame | Control]:
    """The parts as the server writes them."""
    for part in parts:
        if isinstance(part, Control):
            yield part
        elif isinstance(part, bytes):
            yield Frame(part)
        else:
            *pieces, last = encode(part)
            yield from (Frame(piece) for piece in pieces)
            yield Frame(last, delta=part.delta, terminal=part.terminal)


def _event(frame: Frame) -> Event:
    lines = frame.data.decode().strip().split("\n")
    fields = dict(line.split(": ", 1) for line in lines)
    text = fields["data"]
    data = json.loads(text) if text.startswith("{") else text
    return Event(data, fields.get("event"), frame.delta, frame.terminal)
