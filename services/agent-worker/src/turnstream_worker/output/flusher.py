"""Sends an attempt's log to Redis: in windows, with retries, and again if Redis loses it.

It runs in a task of its own, so the model's text never waits for Redis.
"""

import asyncio
from contextlib import suppress

from prometheus_client import Counter, Histogram
from turnstream.redis.client import UNREACHABLE, until_reached
from turnstream.redis.event_log import APPEND_LIMIT, EventLog, LogFenced, LogLost
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.output.first_latencies import FirstLatencies
from turnstream_worker.output.flush_window import FlushWindow
from turnstream_worker.output.sealed_log import SealedLog

log = get_logger(__name__)

RESEEDED = Counter("turnstream_logs_reseeded_total", "Logs written again after Redis lost them.")
FENCED = Counter("turnstream_fenced_appends_total", "Appends of superseded attempts, refused.")
APPENDED = Counter("turnstream_log_entries_total", "Entries appended to event logs.")
BYTES = Counter("turnstream_log_bytes_total", "Bytes appended to event logs.")
FLUSH_SECONDS = Histogram(
    "turnstream_log_flush_seconds",
    "Time of one append to an event log.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

REFRESH = 60.0
"""Seconds of silence after which the log's lifetime is renewed, and its loss noticed."""
_STOPPING = 2.0
"""Seconds that `stop` waits for the task; the attempt does not wait longer."""


class Flusher:
    """Sends the entries that Redis does not have. Interrupts the attempt if it is superseded."""

    def __init__(
        self, event_log: EventLog, attempt: Attempt, sealed: SealedLog, window: FlushWindow
    ) -> None:
        self._redis = event_log
        self._attempt = attempt
        self._sealed = sealed
        self._window = window
        self.first_latencies = FirstLatencies(attempt)
        """What the user waits for: told by the writer."""
        self._sent = 0
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.stopped = False

    def start(self, sent: int, *, at_once: bool, refresh: float = REFRESH) -> None:
        """Begin, with this many entries sent already.

        The opening of the attempt waits for its first event, unless it is to be sent `at_once`.
        """
        self._sent = sent
        if at_once:
            self._work.set()
        else:  # the first text takes along what came before it
            self._window.begin()
        self._task = asyncio.create_task(self._run(refresh))

    def wake(self) -> None:
        """There is something to send."""
        self._idle.clear()
        self._work.set()

    async def flush(self, timeout: float | None = None) -> bool:
        """Send everything, without windows; False if that takes longer than `timeout`."""
        self._window.drain()
        self._work.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._idle.wait()
            return True
        return False

    async def stop(self) -> None:
        """Send nothing more."""
        self.stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_STOPPING)

    async def _run(self, refresh: float) -> None:
        """Send until stopped.

        The flag is checked besides the cancellation: a cancellation that meets a timeout of the
        Redis client comes out as that timeout.
        """
        while not self.stopped:
            try:
                async with asyncio.timeout(refresh):
                    await self._work.wait()
            except TimeoutError:
                await self._refresh()
                continue
            await self._window.over(self._redis.latency)
            self._work.clear()
            self._window.taken()
            self._sealed.seal()
            reached = self.first_latencies.sealed()
            await self._send()
            self.first_latencies.sent(reached)
            if self._sealed.is_sealed and not self._unsent:
                self._idle.set()
            self._window.begin()

    async def _refresh(self) -> None:
        try:
            if not await self._redis.refresh(self._attempt.turn_id):
                await self._seed_again()
        except LogFenced:
            self._superseded()
        except UNREACHABLE as error:  # the next refresh or append tries again
            log.warning("log not refreshed", turn_id=self._attempt.turn_id, error=str(error))

    async def _send(self) -> None:
        while self._unsent and not self.stopped:
            try:
                await self._append()
            except UNREACHABLE as error:
                log.warning("log append failed, trying again", error=str(error))
                await until_reached(self._append)

    async def _append(self) -> None:
        """Append the next entries. Raises what the Redis client raises, but for a lost log."""
        if self.stopped:
            return
        batch = self._sealed.entries[self._sent : self._sent + APPEND_LIMIT]
        after = self._sealed.entries[self._sent - 1].position
        try:
            with FLUSH_SECONDS.time():
                await self._redis.append(self._attempt.turn_id, batch, after=after)
        except LogLost:
            await self._seed_again()
        except LogFenced:
            self._superseded()
        else:
            self._sent += len(batch)
            APPENDED.inc(len(batch))
            BYTES.inc(sum(len(entry.frames) for entry in batch))

    async def _seed_again(self) -> None:
        """Write the whole log again, under the same positions: viewers notice nothing."""
        entries, turn_id = list(self._sealed.entries), self._attempt.turn_id
        log.warning("log lost, writing it again", turn_id=turn_id, entries=len(entries))
        RESEEDED.inc()
        await self._redis.seed(turn_id, entries[: self._sent], announce=False)
        await self._redis.seed(turn_id, entries[self._sent :])
        self._sent = len(entries)

    def _superseded(self) -> None:
        """A newer attempt has written: stop this one, and send nothing more."""
        FENCED.inc()
        self.stopped = True
        self._sent = len(self._sealed.entries)
        self._attempt.interrupt(Interruption.LOST)

    @property
    def _unsent(self) -> int:
        return len(self._sealed.entries) - self._sent
