"""Requests are counted at an even pace, and while Redis is away too."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from turnstream.contracts.rates import Rate, a_minute
from turnstream.redis.client import command_client
from turnstream.redis.rates import Limit, RateDecision, Rates
from turnstream_gateway.admission import counters
from turnstream_gateway.admission.counters import FallbackCounter, LocalCounter


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def counted(counter: LocalCounter, limit: Limit) -> RateDecision:
    """Count without an event loop, which hypothesis has no time for: nothing in it waits."""
    with pytest.raises(StopIteration) as done:
        counter.count([limit]).send(None)
    count: RateDecision = done.value.value
    return count


@given(
    amount=st.integers(1, 50),
    seconds=st.integers(1, 3600),
    pauses=st.lists(st.floats(0, 120), min_size=1, max_size=80),
    cost=st.integers(1, 5),
)
def test_never_more_comes_than_the_burst_and_what_grows_back(
    amount: int, seconds: int, pauses: list[float], cost: int
) -> None:
    """In any stretch of time, whatever the requests look like."""
    clock, rate = Clock(), Rate(amount, timedelta(seconds=seconds))
    counter, came = LocalCounter(clock), []
    for pause in pauses:
        clock.now += pause
        limit = Limit("turns", "one", rate, cost)
        if counted(counter, limit).allowed:
            came.append(clock.now)
    taken = min(cost, amount)
    for first in range(len(came)):
        for last in range(first, len(came)):
            units = (last - first + 1) * taken
            assert units <= amount + amount * (came[last] - came[first]) / seconds + 1e-3


@given(st.integers(1, 100), st.integers(1, 600))
def test_who_comes_back_when_told_comes_in(amount: int, seconds: int) -> None:
    """`Retry-After` is true: not a moment too early, and no later than needed."""
    clock = Clock()
    counter = LocalCounter(clock)
    limit = Limit("turns", "one", Rate(amount, timedelta(seconds=seconds)))
    count = _until_refused(counter, limit)
    clock.now += count.refusing.wait - 1e-3
    assert count.refusing.wait < 2e-3 or not counted(counter, limit).allowed
    clock.now += 1.001e-3
    assert counted(counter, limit).allowed


def _until_refused(counter: LocalCounter, limit: Limit) -> RateDecision:
    while (count := counted(counter, limit)).allowed:
        pass
    return count


def alone() -> float:
    """Requests that were counted without Redis so far."""
    return REGISTRY.get_sample_value("turnstream_locally_counted_requests_total") or 0.0


async def test_without_redis_a_gateway_keeps_the_rate_alone() -> None:
    """Nobody who may come is refused, and nobody comes more often than one gateway lets them."""
    before, limit = alone(), Limit("turns", "one", a_minute(3))
    steady = FallbackCounter(Rates(command_client("redis://127.0.0.1:1/0")))
    assert [(await steady.count([limit])).allowed for _ in range(5)] == [True] * 3 + [False] * 2
    assert alone() == before + 5


class Hanging:
    """A Redis that takes a connection and does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`."""
        self.asked += 1
        await asyncio.sleep(60)
        return RateDecision(bool(limits))


async def test_a_redis_that_hangs_is_asked_once_a_second() -> None:
    """The others do not wait for it: reads go on at their usual speed."""
    clock, hanging = Clock(), Hanging()
    steady = FallbackCounter(hanging, clock)
    limit = Limit("reads", "one", a_minute(1000))
    for _ in range(20):
        assert (await steady.count([limit])).allowed
    assert hanging.asked == 1
    clock.now += 1.0
    await steady.count([limit])
    assert hanging.asked == 2


async def test_what_a_gateway_remembers_is_bounded() -> None:
    """However many users come while Redis is away."""
    local = LocalCounter()
    for number in range(counters._REMEMBERED + 100):
        await local.count([Limit("turns", str(number), a_minute(1))])
    assert len(local._used) == counters._REMEMBERED
    refused = await local.count([Limit("turns", str(number), a_minute(1))])
    assert not refused.allowed
