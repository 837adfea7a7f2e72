"""Counts requests; those far below their limits need not wait for their count."""

import asyncio
from collections import Counter as Tally
from collections.abc import Sequence
from typing import NamedTuple

from cachetools import LRUCache
from turnstream.redis.rates import Counter, Limit, RateDecision

_REMEMBERED = 10_000
"""Limits whose room is remembered. A request against one that was forgotten waits for its count."""


class PendingCount(NamedTuple):
    """A request that is being counted."""

    answer: asyncio.Task[RateDecision]
    may_proceed: bool
    """True if the request may proceed now; only its response headers wait for the count."""


class OptimisticCounter:
    """Counts every request, and lets it go on before its count comes where its limits have room.

    A request has room where each of its limits had half of its units left beyond this one when this
    gateway last heard of it, and no other request is being counted against them. So where one
    gateway counts, a request that goes ahead is never refused. Where others do, they may have spent
    that half unseen: then this gateway lets one request come that should not, and its count tells.
    What grew back meanwhile is not guessed.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._left: LRUCache[str, int] = LRUCache(_REMEMBERED)
        self._under_way: Tally[str] = Tally()
        self._tasks: set[asyncio.Task[RateDecision]] = set()

    def begin(self, limits: Sequence[Limit]) -> PendingCount:
        """Begin to count a request. It is counted, whatever becomes of who asked."""
        counting = PendingCount(
            asyncio.create_task(self._count(limits)), all(map(self._has, limits))
        )
        self._under_way.update(limit.key for limit in limits)
        self._tasks.add(counting.answer)
        counting.answer.add_done_callback(self._tasks.discard)
        return counting

    def _has(self, limit: Limit) -> bool:
        _, most, cost = limit.arguments
        return limit.key not in self._under_way and self._left.get(limit.key, 0) - cost >= most // 2

    async def _count(self, limits: Sequence[Limit]) -> RateDecision:
        try:
            count = await self._counter.count(limits)
        finally:
            self._under_way.subtract(limit.key for limit in limits)
            for limit in limits:
                if not self._under_way[limit.key]:
                    del self._under_way[limit.key]
        for state in count.states:
            self._left[state.limit.key] = state.remaining
        return count
