"""Who asks for the same thing at once shares one call."""

import asyncio

import pytest
from turnstream.process.single_flight import SingleFlight


class Calls:
    """Calls that answer with their number, once they are let go."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.open = asyncio.Event()
        self.fails = False

    async def __call__(self, key: str) -> int:
        self.made.append(key)
        number = len(self.made)
        await self.open.wait()
        if self.fails:
            raise ConnectionError
        return number


async def test_those_who_ask_meanwhile_share_one_call() -> None:
    """Others' keys have calls of their own, and who asks later has a new one."""
    calls = Calls()
    flight = SingleFlight(calls)
    asked = [asyncio.ensure_future(flight.get(key)) for key in ("a", "a", "b")]
    await asyncio.sleep(0)
    assert (len(flight), "a" in flight, "c" in flight) == (2, True, False)
    calls.open.set()

    assert await asyncio.gather(*asked) == [1, 1, 2]
    assert len(flight) == 0
    assert await flight.get("a") == 3
    assert calls.made == ["a", "b", "a"]


async def test_who_goes_away_ends_the_call_for_nobody() -> None:
    """Not even the first."""
    calls = Calls()
    flight = SingleFlight(calls)
    first, second = (asyncio.ensure_future(flight.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    calls.open.set()

    assert await second == 1


async def test_a_failure_is_told_to_all_who_wait() -> None:
    """And remembered for nobody."""
    calls = Calls()
    calls.fails = True
    calls.open.set()
    flight = SingleFlight(calls)
    failures = await asyncio.gather(flight.get("a"), flight.get("a"), return_exceptions=True)
    assert [type(each) for each in failures] == [ConnectionError] * 2

    calls.fails = False
    assert await flight.get("a") == 2


async def test_a_failure_that_nobody_waits_for_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """asyncio would say that it was never retrieved."""
    calls = Calls()
    calls.fails = True
    flight = SingleFlight(calls)
    asked = asyncio.ensure_future(flight.get("a"))
    await asyncio.sleep(0)
    asked.cancel()
    calls.open.set()
    while len(flight):
        await asyncio.sleep(0)
    del asked

    assert not caplog.records
