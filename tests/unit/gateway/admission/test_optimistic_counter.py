"""A request need not wait for its count while its limits are known to have room."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream.contracts.rates import Rate
from turnstream.redis.rates import Limit, RateDecision
from turnstream_gateway.admission.counters import LocalCounter
from turnstream_gateway.admission.optimistic_counter import OptimisticCounter, PendingCount


def limit(amount: int, key: str = "ann", cost: int = 1) -> Limit:
    """So many in an hour: nothing grows back in the time of a test."""
    return Limit("turns", key, Rate(amount, timedelta(hours=1)), cost)


class Held:
    """A counter whose answers are held back until a test lets them go."""

    def __init__(self) -> None:
        self.counter = LocalCounter()
        self.open = asyncio.Event()

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`."""
        count = await self.counter.count(limits)
        await self.open.wait()
        return count


async def asked(counter: OptimisticCounter, *limits: Limit) -> tuple[bool, bool]:
    """Whether a request had room, and whether it was allowed."""
    counting = counter.begin(limits)
    return counting.may_proceed, (await counting.answer).allowed


async def test_a_request_goes_ahead_while_half_of_its_units_are_left() -> None:
    """The first one waits, since nothing is known yet; so do those of the second half."""
    counter = OptimisticCounter(LocalCounter())
    came = [await asked(counter, limit(6)) for _ in range(7)]
    assert came == [(False, True), *[(True, True)] * 2, *[(False, True)] * 3, (False, False)]


async def test_each_of_its_limits_must_have_room() -> None:
    """A tenant whose units are nearly spent has no user go ahead."""
    counter = OptimisticCounter(LocalCounter())
    tenant = limit(30, "acme", cost=10)
    assert await asked(counter, limit(60), tenant) == (False, True)
    assert await asked(counter, limit(60)) == (True, True)
    assert await asked(counter, limit(60), tenant) == (False, True)


async def test_no_two_go_ahead_at_once() -> None:
    """A burst can't spend what only one of them was known to have."""
    held = Held()
    counter = OptimisticCounter(held)
    held.open.set()
    await asked(counter, limit(60))
    held.open.clear()
    countings = [counter.begin([limit(60)]) for _ in range(3)]
    assert [counting.may_proceed for counting in countings] == [True, False, False]
    assert counter.begin([limit(60, "bob")]).may_proceed is False
    held.open.set()
    await asyncio.gather(*(counting.answer for counting in countings))
    assert await asked(counter, limit(60)) == (True, True)


async def test_a_request_is_counted_though_nobody_waits_for_it() -> None:
    """Its sender may be gone: the count is not."""
    held = Held()
    counting: PendingCount = OptimisticCounter(held).begin([limit(2)])
    waiting = asyncio.ensure_future(asyncio.shield(counting.answer))
    await asyncio.sleep(0)
    waiting.cancel()
    held.open.set()
    assert (await counting.answer).states[0].remaining == 1


async def test_a_count_that_fails_leaves_nothing_behind() -> None:
    """The next request waits for its own."""

    class Broken:
        async def count(self, limits: Sequence[Limit]) -> RateDecision:
            """Part of `Counter`."""
            raise ConnectionError

    counter = OptimisticCounter(Broken())
    for _ in range(2):
        counting = counter.begin([limit(2)])
        assert counting.may_proceed is False
        with pytest.raises(ConnectionError):
            await counting.answer


@given(
    amount=st.integers(1, 12),
    bursts=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=12),
)
def test_with_one_gateway_nobody_goes_ahead_who_is_refused(
    amount: int, bursts: list[tuple[int, int]]
) -> None:
    """Whatever the rate, the burst and the costs are."""

    async def run() -> None:
        counter = OptimisticCounter(LocalCounter())
        for together, cost in bursts:
            countings = [counter.begin([limit(amount, cost=cost)]) for _ in range(together)]
            for counting in countings:
                assert (await counting.answer).allowed or not counting.may_proceed

    asyncio.run(run())
