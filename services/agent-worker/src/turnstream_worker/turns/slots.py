"""The turns a worker runs at a time, as tasks that nothing but their own end or a drain stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from prometheus_client import Gauge

RUNNING = Gauge("turnstream_turns_running", "Turns that run in this worker.")

_SIDE_LIMIT = 1000
"""Short calls that may wait here; more are dropped, and their callers get a timeout."""


class Slots:
    """A bounded set of running turns, and beside it the short calls."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._turns: set[asyncio.Task[None]] = set()
        self._side: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    def start(self, turn: Coroutine[Any, Any, None]) -> None:
        """Run a turn."""
        task = asyncio.create_task(turn)
        self._turns.add(task)
        RUNNING.set(len(self._turns))
        task.add_done_callback(self._ended)

    def spawn(self, call: Coroutine[Any, Any, None]) -> None:
        """Run a short call."""
        if len(self._side) >= _SIDE_LIMIT:
            call.close()
            return
        task = asyncio.create_task(call)
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def wait_for_free(self) -> None:
        """Return when another turn may be started."""
        while len(self._turns) >= self._size:
            self._freed.clear()
            await self._freed.wait()

    async def wait_for_all(self, timeout: float) -> bool:
        """Wait until every turn and call has ended; False when some go on after `timeout`."""
        tasks = self._turns | self._side
        if not tasks:
            return True
        _, running = await asyncio.wait(tasks, timeout=timeout)
        return not running

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._turns.discard(task)
        RUNNING.set(len(self._turns))
        self._freed.set()
