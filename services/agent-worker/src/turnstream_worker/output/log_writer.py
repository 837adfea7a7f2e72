"""Writing a turn's event log: frames made once, sent in windows, never awaited by the model.

`write` only buffers, so Redis is not in the token loop. A flusher sends what has gathered: the
first text of an item at once, then one append per window. The window grows while nothing but text
comes, and under load: a long answer does not cost an append for every few words. While Redis is
away the turn goes on and the buffer grows, up to a limit; when the log itself was lost it is seeded
again from memory.
"""

import asyncio
from contextlib import suppress
from functools import partial
from math import inf

from chatkit.types import ThreadItemUpdatedEvent, ThreadStreamEvent
from prometheus_client import Counter, Histogram
from redis.exceptions import RedisError
from turnstream.contracts.turns import TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import (
    APPEND_LIMIT,
    OPENING,
    Entry,
    EventLog,
    Kind,
    LogFenced,
    LogLost,
    Position,
)
from turnstream.telemetry import get_logger
from turnstream.transcript import Transcript

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.output.flush_window import FlushWindow
from turnstream_worker.output.text_batch import TextBatch, is_provisional, text_of
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.writes import Writes

log = get_logger(__name__)

RESEEDED = Counter("turnstream_logs_reseeded_total", "Logs written again after Redis lost them.")
FENCED = Counter("turnstream_fenced_appends_total", "Appends of superseded attempts, refused.")
APPENDED = Counter("turnstream_log_entries_total", "Entries appended to event logs.")
FLUSH_SECONDS = Histogram("turnstream_log_flush_seconds", "Time of one append to an event log.")

RETRY_LIMIT = 2.0
"""Longest wait between two tries while Redis is away: a viewer should not wait longer for it."""
_FRAME = 200
"""Bytes around a piece of text, at most, for the limit of a log."""
_LETTING_GO = 2.0
"""Seconds a flusher may take to notice that it is not needed; the attempt does not wait longer."""
_REFRESH = 60.0
"""Seconds of silence after which the log's lifetime is renewed, and its loss noticed."""


class LogTooLarge(Exception):
    """The turn has written as much as any turn may."""


class LogWriter:
    """Writes the log of one attempt, and interrupts the attempt when it finds a newer one there.

    Nothing is shown before all that was stored by then is committed (`writes` knows when), but for
    a message that is being said: whoever sees its text does not know yet how it ends.
    """

    def __init__(
        self, event_log: EventLog, attempt: Attempt, writes: Writes, settings: WorkerSettings
    ) -> None:
        self._log = event_log
        self._attempt = attempt
        self._turn_id = attempt.turn_id
        self._in_order = writes.then
        self._pacing = FlushWindow(settings.flush_window.total_seconds())
        self._room: float = settings.log_limit
        self._kept: list[Entry] = []
        self._sent = 0
        self._gathering: list[bytes | TextBatch] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._flusher: asyncio.Task[None] | None = None

    async def open(self, opening: list[bytes], earlier: list[Entry], events: list[bytes]) -> None:
        """Begin the attempt with events that settle what earlier attempts left.

        `earlier` is the log as it stands, if it was looked at. Otherwise it should hold what the
        store put there, the events of the acceptance; where it does not, it is written again.
        """
        start = Position(self._attempt.number, 0)
        first = earlier or [Entry(OPENING, Kind.EVENTS, sse.frames(OPENING, opening))]
        self._kept = [*first, Entry(start, Kind.ATTEMPT, sse.frames(start, events))]
        self._sent = len(first)
        self._idle.clear()
        if earlier or events:
            self._wake.set()  # else the attempt opens with its first event
        self._flusher = asyncio.create_task(self._flush_forever())

    def write(self, event: ThreadStreamEvent) -> None:
        """Buffer an event. Raises `LogTooLarge`.

        The event is serialized now, for the assistant may go on changing what it holds; only
        plain text waits, to be joined with the text that follows.
        """
        provisional = is_provisional(event)
        text = text_of(event)
        if text is None:
            self.write_raw(chatkit_json.dump_event(event), provisional=provisional)
            return
        assert isinstance(event, ThreadItemUpdatedEvent)
        self._spend(len(text.encode()) + _FRAME)
        self._in_order(partial(self._text, event, text), provisional=provisional)

    def write_raw(self, event: bytes, *, provisional: bool = False) -> None:
        """Buffer an event that is JSON already."""
        self._spend(len(event))
        self._in_order(partial(self._other, event), provisional=provisional)

    def left_open(self) -> list[str]:
        """The items that viewers saw begin in this turn and have not seen end, oldest first."""
        self._seal()
        shown = (entry.frames for entry in self._kept if entry.position > OPENING)
        return list(Transcript.of(event for each in shown for event in sse.events_in(each)).open)

    def lift_limit(self) -> None:
        """The turn ends: what it comes to is written, also where the answer has used up its room.

        That is what viewers saw once more, and little else.
        """
        self._room = inf

    async def flush(self, patience: float | None = None) -> bool:
        """Wait until everything buffered is in the log; False when that takes too long.

        Somebody waits, so the window does not apply.
        """
        self._pacing.drain()
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()
            return True
        return False

    async def close(self, status: TurnStatus, patience: float) -> bool:
        """Append the end and stop; False when Redis did not take it in time.

        A viewer of a log without an end learns from the store that the turn is over.
        """
        self._seal()
        position = self._next()
        self._kept.append(Entry(position, Kind.end(status), sse.end_frame(position, status)))
        self._idle.clear()
        self._wake.set()
        flushed = await self.flush(patience)
        await self.abandon()
        return flushed

    async def abandon(self) -> None:
        """Stop without an end: another attempt goes on from here."""
        self._closed = True
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.wait({self._flusher}, timeout=_LETTING_GO)

    def _gather(self, piece: bytes | TextBatch) -> None:
        if self._closed:
            return
        self._gathering.append(piece)
        self._idle.clear()
        self._wake.set()

    def _other(self, event: bytes) -> None:
        self._gather(event)
        self._pacing.other()

    def _text(self, event: ThreadItemUpdatedEvent, text: str) -> None:
        last = self._gathering[-1] if self._gathering else None
        if isinstance(last, TextBatch) and last.joins(event):
            last.join(event, text)
        else:
            self._gather(TextBatch(event, text))
            self._pacing.text(event.item_id)

    def _spend(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise LogTooLarge(self._turn_id)

    def _next(self) -> Position:
        return Position(self._attempt.number, self._kept[-1].position.seq + 1)

    def _seal(self) -> None:
        """Turn what has gathered into entries, one event each, so that every event has a
        position of its own and a viewer resumes exactly behind the last one it got.
        """
        for piece in self._gathering:
            event = piece.dump() if isinstance(piece, TextBatch) else piece
            position = self._next()
            self._kept.append(Entry(position, Kind.EVENTS, sse.frames(position, [event])))
        self._gathering.clear()

    async def _flush_forever(self) -> None:
        """Flush until the writer is closed.

        The flag is looked at besides the cancellation: a cancellation that meets a timeout of the
        Redis client inside comes out as that timeout.
        """
        if not self._wake.is_set():  # the first text can take along what comes before it
            await self._pacing.pause(self._log.latency)
        while not self._closed:
            try:
                async with asyncio.timeout(_REFRESH):
                    await self._wake.wait()
            except TimeoutError:
                await self._refresh()
                continue
            self._wake.clear()
            self._pacing.taken()
            self._seal()
            await self._send()
            if not self._gathering and self._sent == len(self._kept):
                self._idle.set()
            await self._pacing.pause(self._log.latency)

    async def _refresh(self) -> None:
        try:
            if not await self._log.refresh(self._turn_id):
                await self._reseed()
        except LogFenced:
            self._superseded()
        except (RedisError, OSError) as error:  # the next round, or the next append, finds out
            log.warning("log not refreshed", turn_id=self._turn_id, error=str(error))

    async def _send(self) -> None:
        """Bring the log up to what is kept, however long Redis is away."""
        wait = 0.05
        while self._sent < len(self._kept) and not self._closed:
            try:
                with FLUSH_SECONDS.time():
                    await self._append()
            except LogFenced:
                self._superseded()
            except (RedisError, OSError) as error:
                log.warning("log append failed, trying again", error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_LIMIT)

    def _superseded(self) -> None:
        """A newer attempt has written: this one is over, and nothing of it is left to send."""
        FENCED.inc()
        self._closed = True
        self._sent = len(self._kept)
        self._attempt.interrupt(Interruption.LOST)

    async def _append(self) -> None:
        batch = self._kept[self._sent : self._sent + APPEND_LIMIT]
        try:
            await self._log.append(self._turn_id, batch)
        except LogLost:
            await self._reseed()
            return
        self._sent += len(batch)
        APPENDED.inc(len(batch))

    async def _reseed(self) -> None:
        """Write the whole log again, under the same positions: viewers go on as if nothing was."""
        log.warning("log lost, writing it again", turn_id=self._turn_id, entries=len(self._kept))
        RESEEDED.inc()
        end = len(self._kept)
        old, new = self._kept[: self._sent], self._kept[self._sent : end]
        await self._log.seed(self._turn_id, old, announce=False)
        await self._log.seed(self._turn_id, new)
        self._sent = end
