"""The turns that a worker runs at a time, each in a task that only its own end stops."""

import asyncio
from collections.abc import Coroutine

from prometheus_client import Gauge

RUNNING = Gauge("turnstream_turns_running", "Turns that run in this worker.")


class Slots:
    """Running turns. The caller waits for a free slot before it takes another job."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._freed = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, turn: Coroutine[object, object, None]) -> None:
        """Run a turn."""
        task = asyncio.create_task(turn)
        self.tasks.add(task)
        RUNNING.set(len(self.tasks))
        task.add_done_callback(self._ended)

    async def wait_for_free(self) -> None:
        """Return when another turn may be started."""
        while len(self.tasks) >= self.size:
            self._freed.clear()
            await self._freed.wait()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        RUNNING.set(len(self.tasks))
        self._freed.set()
