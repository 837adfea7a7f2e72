"""Places are shared fairly: what one user wants too much of, only they wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from turnstream.contracts.owner import Owner
from turnstream.errors import RateLimited, Unavailable
from turnstream_gateway.fair_concurrency import ConcurrencyLimit, ConcurrencyLimiter

ANN, BOB, CAT = (Owner("default", name) for name in ("ann", "bob", "cat"))
LIMIT = ConcurrencyLimit("uploads", total=3, per_user=2, queue=3, timeout=timedelta(seconds=5))
ONE_AT_A_TIME = LIMIT._replace(total=1, per_user=1, queue=9)


class Desk:
    """Work that takes places until it is told to end."""

    def __init__(self, limit: ConcurrencyLimit = LIMIT) -> None:
        self.limiter = ConcurrencyLimiter(limit)
        self.running: list[Owner] = []
        self.order: list[Owner] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.ends: list[asyncio.Event] = []

    async def begin(self, *owners: Owner) -> None:
        """Begin work for each of them, one after the other."""
        for owner in owners:
            end = asyncio.Event()
            self.ends.append(end)
            self.tasks.append(asyncio.create_task(self._work(owner, end)))
            await everything_ran()

    async def end(self, number: int) -> None:
        """End one of the works, by its number."""
        self.ends[number].set()
        await everything_ran()

    async def _work(self, owner: Owner, end: asyncio.Event) -> None:
        async with self.limiter.place(owner):
            self.running.append(owner)
            self.order.append(owner)
            await end.wait()
            self.running.remove(owner)


async def everything_ran() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def desk(limit: ConcurrencyLimit = LIMIT) -> AsyncIterator[Desk]:
    """A desk that is cleared at the end."""
    made = Desk(limit)
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_a_user_has_some_places_and_another_has_theirs() -> None:
    """The rest of one's own work waits."""
    async with desk() as at:
        await at.begin(ANN, ANN, ANN, ANN)
        assert at.running == [ANN, ANN]
        await at.begin(BOB)
        assert at.running == [ANN, ANN, BOB]
        await at.end(0)
        assert at.running == [ANN, BOB, ANN]


async def test_freed_places_go_round_those_who_wait() -> None:
    """However many of one's requests came first."""
    async with desk(ONE_AT_A_TIME) as at:
        await at.begin(ANN, ANN, ANN, ANN, BOB, BOB, CAT)
        for number in (0, 1, 4, 6, 2, 5):
            await at.end(number)
        assert at.order == [ANN, ANN, BOB, CAT, ANN, BOB, ANN]


async def test_the_line_of_a_user_has_an_end() -> None:
    """429 for them, and nothing for the others."""
    async with desk() as at:
        await at.begin(*[ANN] * 5)
        with pytest.raises(RateLimited) as refused:
            async with at.limiter.place(ANN):
                pass
        assert (refused.value.retryable, refused.value.limit) == (True, "uploads")
        await at.begin(BOB)
        assert at.running == [ANN, ANN, BOB]


async def test_nobody_waits_for_ever() -> None:
    """A user whose own work is in the way is told so; else it is everybody's."""
    impatient = LIMIT._replace(total=2, timeout=timedelta(seconds=0.05))
    async with desk(impatient) as at:
        await at.begin(ANN, ANN)
        with pytest.raises(RateLimited):
            async with at.limiter.place(ANN):
                pass
        with pytest.raises(Unavailable):
            async with at.limiter.place(BOB):
                pass
        await at.end(0)
        await at.begin(BOB)
        assert at.running == [ANN, BOB]


async def test_who_goes_away_while_they_wait_takes_no_place() -> None:
    """Not even at the moment in which one is given to them."""
    async with desk(ONE_AT_A_TIME) as at:
        await at.begin(ANN, BOB, CAT)
        at.ends[0].set()
        await asyncio.sleep(0)  # Ann is woken, and gives her place to Bob
        at.tasks[1].cancel()
        await everything_ran()
        assert at.running == [CAT]
        await at.begin(BOB)
        at.tasks[3].cancel()
        await at.end(2)
        assert at.running == []
        await at.begin(ANN)
        assert at.running == [ANN]


async def test_no_place_is_lost_however_work_ends() -> None:
    """Also when it fails: in the end all places are free."""
    at = Desk()
    for _ in range(20):
        with pytest.raises(ValueError, match="no"):
            async with at.limiter.place(ANN):
                raise ValueError("no")
    async with AsyncExitStack() as stack:
        for owner in (ANN, ANN, BOB):
            await stack.enter_async_context(at.limiter.place(owner))
