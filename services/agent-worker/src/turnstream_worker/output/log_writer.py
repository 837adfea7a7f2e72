"""Writing a turn's event log: events become frames once, and are sent in windows.

The window grows while nothing but text comes, and under load, so that a long answer does not cost
an append for every few words. While Redis is away the turn goes on and the log grows, up to a
limit.
"""

from collections.abc import Sequence
from functools import partial
from math import inf

import orjson
from turnstream.contracts.turns import Json, TurnStatus
from turnstream.redis.event_log import Entry, EventLog

from turnstream_worker.attempt import Attempt
from turnstream_worker.output.flush_window import FlushWindow
from turnstream_worker.output.flusher import Flusher
from turnstream_worker.output.sealed_log import SealedLog
from turnstream_worker.output.text_batch import is_provisional, text_of
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.writes import Writes

_FRAME = 200
"""Bytes around what an entry says, at most, for the limit of a log. Text counts by itself until it
is sealed, because it is joined: however finely a model cuts its words, they cost the same."""


class LogTooLarge(Exception):
    """The turn has written as much as any turn may."""


class LogWriter:
    """Writes the log of one attempt.

    An event is shown once everything stored before it is committed. The exception is the text of a
    message that is still being written: it can be taken back.
    """

    def __init__(
        self, event_log: EventLog, attempt: Attempt, writes: Writes, settings: WorkerSettings
    ) -> None:
        self._turn_id = attempt.turn_id
        self._writes = writes
        self._room: float = settings.log_limit
        self._log = SealedLog(attempt.number)
        self._window = FlushWindow(settings.flush_window.total_seconds())
        self._flusher = Flusher(event_log, attempt, self._log, self._window)

    def open(
        self, opening: Sequence[bytes], earlier: Sequence[Entry], events: Sequence[bytes]
    ) -> None:
        """Open the attempt with events that say what became of earlier attempts' items.

        `earlier` is the log as it stands, if it was read. `opening` are the events of the
        acceptance, which are written again where they are missing.
        """
        self._room -= sum(len(entry.frames) for entry in earlier)
        self._flusher.first_latencies.open(earlier)
        sent = self._log.open(opening, earlier, events)
        self._flusher.start(sent, at_once=bool(earlier or events))

    def write(self, event: Json) -> None:
        """Buffer an event. Raises `LogTooLarge`, and what a write to the store met.

        It is serialized now, since it may change afterwards; only text waits for more text.
        """
        text = text_of(event)
        if text is None:
            data = orjson.dumps(event)
            self._spend(len(data))
            show = partial(self._show, event, data)
        else:
            self._spend(len(text.encode()))
            show = partial(self._show_text, event)
        self._writes.then(show, provisional=is_provisional(event))

    def open_items(self) -> list[str]:
        """The items that viewers saw begin in this turn and have not seen end, oldest first."""
        return self._log.open_items()

    def lift_limit(self) -> None:
        """Let the turn's end be written even where the answer has used up the room of the log."""
        self._room = inf

    async def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything is in the log; False when that takes longer than `timeout`."""
        return await self._flusher.flush(timeout)

    async def close(self, status: TurnStatus, timeout: float) -> bool:
        """Append the end and stop; False when Redis did not take it in time.

        A viewer of a log without an end learns from the store that the turn is over.
        """
        self._log.close(status)
        self._flusher.wake()
        flushed = await self._flusher.flush(timeout)
        await self._flusher.stop()
        return flushed

    async def abandon(self) -> None:
        """Stop without an end: another attempt goes on from here."""
        await self._flusher.stop()

    def _show(self, event: Json, data: bytes) -> None:
        if not self._flusher.stopped:
            self._flusher.first_latencies.event(event)
            self._log.add(data)
            self._window.other()
            self._flusher.wake()

    def _show_text(self, event: Json) -> None:
        if not self._flusher.stopped and self._log.add_text(event):
            self._flusher.first_latencies.text()
            self._window.text(event["item_id"])
            self._flusher.wake()

    def _spend(self, size: int) -> None:
        self._room -= size
        if self._room < len(self._log.entries) * _FRAME:
            raise LogTooLarge(self._turn_id)
