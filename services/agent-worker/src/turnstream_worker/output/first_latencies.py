"""How long a user waited for the first sign of an answer, and for its first words.

Counted from the acceptance: the store says how old the turn was when it was claimed, by the clock
that accepted it, and the worker adds what has passed since by its own. No two clocks are compared.
"""

import time
from collections.abc import Sequence

from prometheus_client import Histogram
from turnstream.contracts.turns import Json
from turnstream.redis.event_log import OPENING, Entry, Kind
from turnstream.transcript import TEXT_DELTA

from turnstream_worker.attempt import Attempt

_BUCKETS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40, 80, 160)
FIRST_EVENT = Histogram(
    "turnstream_first_event_seconds",
    "From the acceptance of a turn until its assistant's first event was in the log.",
    buckets=_BUCKETS,
)
FIRST_TEXT = Histogram(
    "turnstream_first_text_seconds",
    "From the acceptance of a turn until the first text of its answer was in the log.",
    buckets=_BUCKETS,
)
_DELTA = TEXT_DELTA.encode()


class FirstLatencies:
    """Notes the first event and the first text of a turn, whichever attempt brings them.

    An event is noted when it is written, and observed when `sent`.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._age = attempt.claimed.age
        self._began = attempt.began
        self._awaited = [FIRST_EVENT, FIRST_TEXT] if self._age is not None else []
        self._written: list[Histogram] = []

    def open(self, earlier: Sequence[Entry]) -> None:
        """Begin, with the log as earlier attempts left it: what they showed is not awaited."""
        shown = [each.frames for each in earlier if each.position > OPENING]
        events = any(each.kind == Kind.EVENTS for each in earlier if each.position > OPENING)
        if events and FIRST_EVENT in self._awaited:
            self._awaited.remove(FIRST_EVENT)
        if any(_DELTA in frames for frames in shown) and FIRST_TEXT in self._awaited:
            self._awaited.remove(FIRST_TEXT)

    def event(self, event: Json) -> None:
        """Note an event that is no text delta. A message that comes whole is first text too."""
        if self._awaited:
            self._note(FIRST_EVENT)
            if event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message":
                self._note(FIRST_TEXT)

    def text(self) -> None:
        """A piece of text."""
        if self._awaited:
            self._note(FIRST_EVENT)
            self._note(FIRST_TEXT)

    def sealed(self) -> list[Histogram]:
        """Return what was noted since the last call, for `sent`."""
        written, self._written = self._written, []
        return written

    def sent(self, written: Sequence[Histogram]) -> None:
        """It is in the log."""
        for each in written:
            each.observe((self._age or 0.0) + time.monotonic() - self._began)

    def _note(self, first: Histogram) -> None:
        if first in self._awaited:
            self._awaited.remove(first)
            self._written.append(first)
