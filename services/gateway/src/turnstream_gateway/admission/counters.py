"""Counting that never fails: in Redis, and by this gateway alone while Redis is away."""

import asyncio
import time
from collections.abc import Callable, Sequence

from cachetools import LRUCache
from prometheus_client import Counter as Metric
from turnstream.redis.client import UNREACHABLE
from turnstream.redis.rates import Counter, Limit, RateDecision
from turnstream.telemetry import get_logger

log = get_logger(__name__)

ALONE = Metric(
    "turnstream_locally_counted_requests_total",
    "Requests that this gateway counted alone, because Redis did not answer.",
)
_TIMEOUT = 0.25
"""Seconds that a request waits for Redis to count it."""
_PAUSE = 1.0
"""Seconds in which Redis is not asked again once it did not answer."""
_REMEMBERED = 10_000
"""Rates that a gateway remembers, at some hundred bytes each. The one that was used longest ago is
forgotten first: who comes back to it has a whole period's number again."""


class LocalCounter:
    """A `Counter` in this process, bounded in memory.

    `count` never awaits, so the requests of one event loop are counted one after another.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._used: LRUCache[str, int] = LRUCache(_REMEMBERED)

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`."""
        now = int(self._timer() * 1e6)
        before = [max(now, self._used.get(limit.key, 0)) for limit in limits]
        late = [_wait_for(limit, upto - now) for limit, upto in zip(limits, before, strict=True)]
        allowed = all(wait <= 0 for wait in late)
        numbers: list[float] = []
        for limit, upto, wait in zip(limits, before, late, strict=True):
            pace, most, cost = limit.arguments
            if allowed:
                self._used[limit.key] = upto = upto + pace * cost
            numbers += [most - -(-(upto - now) // pace), upto - now, wait]
        return RateDecision.of(limits, allowed, numbers)


def _wait_for(limit: Limit, used: int) -> int:
    """Microseconds until a limit admits the request, given its use; 0 or less: it does now."""
    pace, most, cost = limit.arguments
    return used + pace * cost - pace * most


class FallbackCounter:
    """A `Counter` that asks another one, and counts alone while that one does not answer.

    Each gateway then enforces the rate alone: users may exceed it, and nobody is refused wrongly.
    """

    def __init__(self, shared: Counter, timer: Callable[[], float] = time.monotonic) -> None:
        self._shared = shared
        self._timer = timer
        self._alone = LocalCounter(timer)
        self._ask_again = 0.0

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`."""
        if not limits:
            return RateDecision(allowed=True)
        if self._timer() >= self._ask_again:
            try:
                async with asyncio.timeout(_TIMEOUT):
                    return await self._shared.count(limits)
            except UNREACHABLE as error:  # TimeoutError is an OSError
                self._ask_again = self._timer() + _PAUSE
                log.warning("requests are counted by this gateway alone", error=str(error))
        ALONE.inc()
        return await self._alone.count(limits)
