"""Runs short calls in tasks that a stopping subscriber does not cancel."""

import asyncio
from collections.abc import Coroutine

from turnstream.telemetry import get_logger

log = get_logger(__name__)

LIMIT = 1000
"""Calls that may be answered or wait here. More are dropped, and their callers get a timeout."""


class ShortCallTasks:
    """A bounded set of short calls."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, call: Coroutine[object, object, None]) -> None:
        """Answer a call, or drop it where too many wait already."""
        if len(self.tasks) >= self._limit:
            log.warning("short call dropped", waiting=len(self.tasks))
            call.close()
            return
        task = asyncio.create_task(call)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
