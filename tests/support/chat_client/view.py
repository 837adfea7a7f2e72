"""What one client holds: its transcript, and how far it is in which turn."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from turnstream.conformance.grammar import Transcript

Json = dict[str, Any]
POSITION = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True)
class Received:
    """One data event as it came off the wire; `at` is `time.monotonic()`."""

    event: Json
    id: str | None = None
    turn_id: str | None = None
    at: float = field(default_factory=time.monotonic)


@dataclass
class View:
    """Survives streams: a client that reconnects goes on with the same view.

    `before` is what is known from elsewhere than the present turn: a restart goes back to it.
    """

    transcript: Transcript = field(default_factory=Transcript)
    before: Transcript = field(default_factory=Transcript)
    events: list[Received] = field(default_factory=list)
    thread_id: str | None = None
    turn_id: str | None = None
    position: str | None = None

    def show(self, thread_id: str | None) -> None:
        """Turn to a thread; leaving one forgets it. None is a thread that is being created."""
        if thread_id is None or thread_id != self.thread_id:
            self.transcript.become(Transcript())
            self.thread_id = thread_id

    def begin(self, turn_id: str | None, position: str | None = None) -> None:
        """Follow a turn from a position; without one from its start, forgetting what it brought."""
        if turn_id is None or turn_id != self.turn_id:
            self.before = self.transcript.copy()
            self.turn_id = turn_id
            self.transcript.begin()
        elif position is None:
            self.transcript.become(self.before)
            self.transcript.begin()
        self.position = position

    def restart(self) -> None:
        """Forget everything received of the present turn."""
        self.transcript.become(self.before)
        self.transcript.begin()
        self.position = None

    def load(self, thread: Json, items: list[Json]) -> None:
        """Take over what the server stores; items in progress stay below it."""
        same = thread["id"] == self.thread_id
        unfinished = {
            item_id: item
            for item_id, item in self.transcript.items.items()
            if same and self.transcript.status[item_id] == "in_progress"
        }
        self.show(thread["id"])
        self.transcript.load(thread, items)
        self.before = self.transcript.copy()
        for item_id in unfinished.keys() - self.transcript.items.keys():
            self.transcript.items[item_id] = unfinished[item_id]
            self.transcript.status[item_id] = "in_progress"

    def take(self, received: Received) -> None:
        """Apply one event and move to its position."""
        self.events.append(received)
        self.transcript.apply(received.event)
        if self.transcript.thread:
            self.thread_id = self.transcript.thread["id"]
        if received.id is not None:
            self.position = received.id


def rank(position: str | None) -> tuple[int, int] | None:
    """A position as numbers that can be compared, None for an id of another form."""
    match = POSITION.fullmatch(position or "")
    return (int(match[1]), int(match[2])) if match else None
