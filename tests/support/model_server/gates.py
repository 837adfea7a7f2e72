"""Named gates that hold streams until a test lets them go."""

import asyncio
from collections import Counter, defaultdict


class Gates:
    """Belongs to one event loop once a stream waits; `open` and `waiting` work from any thread.

    An opened gate stays open, so that an answer given again after a crash passes it.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._waiting: Counter[str] = Counter()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop the waiting streams run on."""
        self._loop = loop

    async def wait(self, gate: str) -> None:
        self._waiting[gate] += 1
        try:
            await self._events[gate].wait()
        finally:
            self._waiting[gate] -= 1

    def open(self, gate: str) -> None:
        if self._loop is None:
            self._events[gate].set()
        else:
            self._loop.call_soon_threadsafe(lambda: self._events[gate].set())

    def waiting(self, gate: str) -> int:
        """How many streams stand at the gate now."""
        return self._waiting[gate]
