"""The turns that a worker runs at a time, each in a task that only its own end stops."""

import asyncio
from collections.abc import Coroutine

from turnstream_worker.turns.metrics import FREE, RUNNING, SLOTS


class Slots:
    """Running turns. The caller waits for a free slot before it takes another job."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._freed = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        SLOTS.set(size)
        self._set_metrics()

    def start(self, turn: Coroutine[object, object, None]) -> None:
        """Run a turn."""
        task = asyncio.create_task(turn)
        self.tasks.add(task)
        self._set_metrics()
        task.add_done_callback(self._ended)

    async def wait_for_free(self) -> None:
        """Return when another turn may be started."""
        while len(self.tasks) >= self.size:
            self._freed.clear()
            await self._freed.wait()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        self._set_metrics()
        self._freed.set()

    def _set_metrics(self) -> None:
        RUNNING.set(len(self.tasks))
        FREE.set(max(self.size - len(self.tasks), 0))
