"""Tells an app that blocks the event loop from a machine that died.

Everything in a worker runs on one event loop. A function of an app that does not await (a request
with `requests`, a computation, a lock that somebody else holds) stops all of it: no lease is
renewed, and every turn of the worker would be given to another one, which would run into the same
function. A thread of its own looks after the loop, names the function, and renews the leases
meanwhile.

Why renewing here is safe: a lease decides when another worker may have a turn, and nothing else.
What an attempt may write is decided by its number, in the store, with every write; two attempts
can't both write, no matter which thread renews what. A renewal by this thread says "this process is
alive and its code still runs", which is true. The danger that remains is a loop that hangs for ever
and keeps its turns. So renewals here end after `BLOCK_LIMIT`. A turn that is lost then goes to
another worker as after any death. The store is told what blocks, for the dead letter that it may
become.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from prometheus_client import Counter
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.failures.code_locations import ThreadActivity, doing_of_thread
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.turns.leases import LeaseKeeper

log = get_logger(__name__)

BLOCKED_SECONDS = Counter(
    "turnstream_event_loop_blocked_seconds", "Seconds for which code blocked the event loop."
)
_LOOKS = 4
"""Looks at the loop in the time after which it counts as blocked."""
_STOPPING = 5.0
"""Seconds that the end of the process waits for the thread."""


class LoopWatchdog:
    """Watches the event loop of the thread that starts it, from a thread of its own."""

    def __init__(
        self, leases: LeaseKeeper, connect: Callable[[], StoreClient], settings: WorkerSettings
    ) -> None:
        """`connect` makes a client for the thread: one of the watched loop is blocked with it."""
        self._leases = leases
        self._connect = connect
        self._timeout = min(settings.block_warning.total_seconds(), leases.interval)
        """Seconds without a sign of life after which the loop counts as blocked."""
        self._limit = settings.block_limit.total_seconds()
        self._asked: float | None = None
        """When the loop was asked for a sign of life that it has not given yet."""
        self._doing: ThreadActivity | None = None
        """What blocked the loop when that was noticed; None while it is not blocked."""
        self._renewed = 0.0
        self._has_turn = asyncio.Event()
        """An event of the thread's own loop."""
        self._stop = threading.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the current event loop until the block is left."""
        self._loop, self._thread_id = asyncio.get_running_loop(), threading.get_ident()
        thread = threading.Thread(target=self._run, name="loop-watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.to_thread(thread.join, _STOPPING)

    def _run(self) -> None:
        with suppress(RuntimeError):  # the watched loop was closed beneath the thread
            asyncio.run(self._watch())

    async def _watch(self) -> None:
        client, loop = self._connect(), asyncio.get_running_loop()
        self._leases.on_first = lambda: loop.call_soon_threadsafe(self._has_turn.set)
        try:
            looked = time.monotonic()
            while not self._stop.is_set():
                pause = await self._pause()
                late = time.monotonic() - looked - pause
                looked = time.monotonic()
                try:
                    await self._look(late, client)
                except Exception:  # turns depend on this loop while theirs is blocked
                    log.exception("event loop not watched")
        finally:
            self._leases.on_first = lambda: None
            await client.aclose()

    async def _pause(self) -> float:
        """Wait until the next look; the seconds that this should take at most.

        A loop that has no turn is looked at more rarely. Its first turn ends such a pause at once.
        """
        if self._leases.attempts:
            await asyncio.sleep(self._timeout / _LOOKS)
            return self._timeout / _LOOKS
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                await self._has_turn.wait()
        self._has_turn.clear()
        return self._timeout

    async def _look(self, late: float, client: StoreClient) -> None:
        """Look at the loop once; `late` is by how many seconds this very thread was held up."""
        asked, now = self._asked, time.monotonic()
        if late > self._timeout:
            self._report_standstill(late)
        if asked is None or late > self._timeout:
            self._ask()
        elif now - asked > self._timeout:
            await self._blocked(now - asked, client)

    def _ask(self) -> None:
        self._asked = time.monotonic()
        self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        """A sign of life, in the thread of the loop."""
        asked, self._asked, doing = self._asked, None, self._doing
        if asked is None or doing is None:
            return
        self._doing = None
        seconds = time.monotonic() - asked
        BLOCKED_SECONDS.inc(seconds)
        log.warning(
            "event loop goes on",
            blocked_for=round(seconds, 1),
            function=doing.function,
            turn_id=doing.turn_id,
        )

    async def _blocked(self, seconds: float, client: StoreClient) -> None:
        if self._doing is None:
            self._doing, self._renewed = doing_of_thread(self._thread_id), time.monotonic()
            log.warning(
                "event loop blocked",
                blocked_for=round(seconds, 1),
                function=self._doing.function,
                turn_id=self._doing.turn_id,
                stack=self._doing.stack,
            )
            await self._renew(seconds, client)
        elif seconds < self._limit and time.monotonic() - self._renewed > self._leases.interval:
            await self._renew(seconds, client)

    async def _renew(self, seconds: float, client: StoreClient) -> None:
        """Renew the leases in place of the blocked loop, and tell the store what blocks it."""
        self._renewed, doing = time.monotonic(), doing_of_thread(self._thread_id)
        last = seconds + self._leases.interval >= self._limit
        if last:
            log.error(
                "event loop blocked for too long, its turns go to other workers",
                blocked_for=round(seconds, 1),
                function=doing.function,
                turn_id=doing.turn_id,
            )

        def reason_of(turn_id: str) -> str:
            other = f"by turn {doing.turn_id} " if doing.turn_id not in ("", turn_id) else ""
            return f"Its worker was blocked {other}for {seconds:.0f} s in {doing.function}."

        for attempt, why in await self._leases.renew(client, reason_of):
            self._loop.call_soon_threadsafe(attempt.interrupt, why)

    def _report_standstill(self, late: float) -> None:
        """The process itself stood still: it was suspended, or code held the interpreter's lock.

        No thread of the process runs then, so nothing could be renewed.
        """
        doing = doing_of_thread(self._thread_id)
        function = {"function": doing.function, "turn_id": doing.turn_id} if doing.is_apps else {}
        log.warning("process stood still", seconds=round(late, 1), **function)
