"""New turns are refused early when they would wait too long; all else goes on."""

import asyncio
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from turnstream.contracts.operating.queue import QueueState
from turnstream.errors import Overloaded, TurnstreamError
from turnstream.store_client.queue import Queue
from turnstream.telemetry import get_logger

log = get_logger(__name__)

_EVERY = 1.0
"""Seconds between two looks at the queue."""
_JITTER = 0.2
_AT_REST = 10.0
"""Seconds between two looks while no turn waits and none is requested."""
_GOOD_FOR = 5.0
"""Seconds after which an old state is ignored: without a recent one, no turn is refused."""
_LONGEST = 60.0
"""Seconds that a client is told to wait, at most: by then much may have changed."""
_CALM = QueueState()


class OverloadGuard:
    """Knows the queue as it was a second ago, and refuses turns that would wait for too long.

    The look is a task of its own: no turn waits for it, and no turn pays for it.
    """

    def __init__(
        self, queue: Queue, max_age: timedelta, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._queue = queue
        self._max_age = max_age.total_seconds()
        self._timer = timer
        self._state = _CALM
        self._seen_at = 0.0
        self._asked = asyncio.Event()

    def check(self, tenant: str) -> None:
        """Raises `Overloaded` when a new turn of the tenant's would wait longer than it may.

        `Retry-After` says when it would not any more, if the queue goes on as it did.
        """
        self._asked.set()
        if not self._max_age or self._timer() - self._seen_at > _GOOD_FOR:
            return
        wait = self._state.wait(tenant)
        if wait <= self._max_age:
            return
        again = min(max(wait - self._max_age, 1.0), _LONGEST)
        raise Overloaded(
            f"A new turn would wait {wait:.0f} s. Come back in {math.ceil(again)} s.",
            retry_after=again,
        )

    async def run(self) -> None:
        """Look at the queue once a second, until cancelled. While nothing waits, and so nobody is
        refused, it is looked at rarely until somebody asks.
        """
        while self._max_age:
            await self.look()
            await asyncio.sleep(_EVERY * random.uniform(1 - _JITTER, 1 + _JITTER))
            if not self._state.tenants:
                await self._rest()
            self._asked.clear()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_AT_REST):
                await self._asked.wait()

    async def look(self) -> None:
        """Look at the queue now."""
        try:
            self._state = await self._queue.state()
        except TurnstreamError as error:
            log.debug("the queue was not seen", error=str(error))
            return
        self._seen_at = self._timer()
