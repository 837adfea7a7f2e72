"""The event log of one attempt, in memory: every event gets a position of its own."""

from collections.abc import Sequence

from turnstream.contracts.turns import Json, TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import OPENING, Entry, Kind, Position
from turnstream.transcript import Transcript

from turnstream_worker.output.text_batch import TextBatch


class SealedLog:
    """Entries, ready to be sent, and after them the events that are not sealed yet.

    Text that follows text of the same item is joined until it is sealed. What is sealed never
    changes: it can be sent again under the same positions.
    """

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt
        self._unsealed: list[bytes | TextBatch] = []
        self.entries: list[Entry] = []

    @property
    def is_sealed(self) -> bool:
        """True when every event is in an entry."""
        return not self._unsealed

    def open(
        self, opening: Sequence[bytes], earlier: Sequence[Entry], events: Sequence[bytes]
    ) -> int:
        """Open the attempt with `events`; the number of entries that are in Redis already.

        `earlier` is the log as it stands, if it was read. Otherwise Redis should hold what the
        store put there: the events of the acceptance, `opening`.
        """
        start = Position(self._attempt, 0)
        first = list(earlier) or [Entry(OPENING, Kind.EVENTS, sse.frames(OPENING, opening))]
        self.entries = [*first, Entry(start, Kind.ATTEMPT, sse.frames(start, events))]
        return len(first)

    def add(self, event: bytes) -> None:
        """Add an event."""
        self._unsealed.append(event)

    def add_text(self, event: Json) -> bool:
        """Add a text delta; False when it joined the text before it."""
        last = self._unsealed[-1] if self._unsealed else None
        if isinstance(last, TextBatch) and last.join(event):
            return False
        self._unsealed.append(TextBatch(event))
        return True

    def seal(self) -> None:
        """Make an entry of each event: a viewer resumes exactly after the last one it got."""
        for piece in self._unsealed:
            event = piece.dump() if isinstance(piece, TextBatch) else piece
            position = self._next()
            self.entries.append(Entry(position, Kind.EVENTS, sse.frames(position, [event])))
        self._unsealed.clear()

    def close(self, status: TurnStatus) -> None:
        """Seal everything, and add the end."""
        self.seal()
        position = self._next()
        self.entries.append(Entry(position, Kind.end(status), sse.end_frame(position, status)))

    def open_items(self) -> list[str]:
        """The items that viewers saw begin in this turn and have not seen end, oldest first."""
        self.seal()
        shown = (entry.frames for entry in self.entries if entry.position > OPENING)
        events = (event for frames in shown for event in sse.events_in(frames))
        return list(Transcript.of(events).open_items)

    def _next(self) -> Position:
        return Position(self._attempt, self.entries[-1].position.seq + 1)
