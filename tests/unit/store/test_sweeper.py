"""The sweeper does duty after duty; none stops another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from turnstream.errors import NotFound, Unavailable
from turnstream.files.blobs import Blobs
from turnstream.redis.broker import build_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream_store.database.pools import Database
from turnstream_store.duties import sweepers
from turnstream_store.publisher import Announcer
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import Duty, Sweeper, SweeperServices, set_apart

from tests.support.waiting import wait_until_async

SOON, NEVER = timedelta(milliseconds=1), timedelta(days=1)
AT_ONCE = timedelta(0)
"""Without the jitter that decides which of two is due first."""

Sweep = Callable[[SweeperServices], Awaitable[bool]]


@pytest.fixture
def services() -> SweeperServices:
    """Parts that no duty of these tests uses; nothing is connected."""
    settings = StoreSettings()
    redis = command_client(settings.redis_url)
    logs = one_server(redis)
    log = EventLog(logs)
    announcer = Announcer(build_broker(settings), log)
    return SweeperServices(
        Database(settings), announcer, log, logs, redis, Blobs("file:none"), settings
    )


class Done:
    """Counts what a duty did, under a name of its own."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.name = f"duty_{uuid4().hex}"
        self.times = 0
        self._failure = failure

    async def sweep(self, _: SweeperServices) -> bool:
        self.times += 1
        if self._failure:
            raise self._failure
        return False

    def duty(self, interval: timedelta = SOON) -> Duty:
        return Duty(self.name, interval, self.sweep)


def failures(duty: str) -> float | None:
    return REGISTRY.get_sample_value("turnstream_sweep_failures_total", {"duty": duty})


@asynccontextmanager
async def sweeping(
    services: SweeperServices, *duties: Duty, timeout: timedelta = NEVER
) -> AsyncIterator[None]:
    task = asyncio.create_task(Sweeper(services, duties, timeout).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("failure", [NotFound("no such key"), KeyError("a bug")])
async def test_a_duty_that_fails_stops_no_other(
    services: SweeperServices, failure: Exception
) -> None:
    """It is counted, and done again when it is due; the others go on."""
    bad, good = Done(failure), Done()
    async with sweeping(services, bad.duty(), good.duty()):
        await wait_until_async(lambda: bad.times >= 3 and good.times >= 3)
    assert (failures(bad.name) or 0) >= 2
    assert failures(good.name) == 0


async def test_a_duty_that_hangs_is_cancelled(services: SweeperServices) -> None:
    """Its time is bounded, so that the next one has its turn."""

    async def hang(_: SweeperServices) -> bool:
        await asyncio.Event().wait()
        return False

    name, good = f"duty_{uuid4().hex}", Done()
    async with sweeping(services, Duty(name, SOON, hang), good.duty(), timeout=SOON):
        await wait_until_async(lambda: good.times >= 2)
    assert (failures(name) or 0) >= 1


async def test_a_long_duty_shares_its_time_with_the_others(services: SweeperServices) -> None:
    """While there is more to do it goes on without a rest, but a batch at a time."""
    order: list[str] = []

    def batches(name: str, left: int) -> Duty:
        async def sweep(_: SweeperServices) -> bool:
            order.append(name)
            return order.count(name) < left

        return Duty(name, AT_ONCE, sweep)

    async with sweeping(services, batches("large", 4), batches("small", 2)):
        await wait_until_async(lambda: order.count("large") >= 4)
    assert order[:4] == ["large", "small", "large", "small"]


async def test_duties_of_one_interval_are_done_together(services: SweeperServices) -> None:
    """Though each rest has its own length: a store at rest wakes once for all of them."""
    interval, done = timedelta(milliseconds=100), list[float]()

    async def sweep(_: SweeperServices) -> bool:
        done.append(asyncio.get_running_loop().time())
        return False

    duties = [Duty(f"duty_{uuid4().hex}", interval, sweep) for _ in range(4)]
    async with sweeping(services, *duties):
        await wait_until_async(lambda: len(done) >= 12)

    rounds = [done[at : at + 4] for at in range(0, 12, 4)]
    assert all(each[-1] - each[0] < 0.05 for each in rounds)
    assert all(after[0] - before[-1] > 0.05 for before, after in pairwise(rounds))


async def test_a_duty_rests_between_its_batches(services: SweeperServices) -> None:
    """One that found nothing more to do waits for its interval, whatever is due before."""
    rare, often = Done(), Done()
    async with sweeping(services, rare.duty(timedelta(minutes=1)), often.duty()):
        await wait_until_async(lambda: often.times >= 5)
    assert rare.times == 1


def test_one_bad_row_is_set_apart() -> None:
    """It is counted; what the whole store lacks is not about the row, and ends the batch."""
    name = f"duty_{uuid4().hex}"
    with set_apart(name, turn_id="turn_1"):
        raise KeyError("a bug")
    assert failures(name) == 1
    with pytest.raises(Unavailable), set_apart(name, turn_id="turn_1"):
        raise Unavailable("Postgres is away.")


def test_every_duty_has_a_name_of_its_own(services: SweeperServices) -> None:
    """By it an operator finds the duty in logs and metrics; all are counted from the start."""
    known = [duty.name for sweeper in sweepers(services) for duty in sweeper.duties]
    assert len(known) == len(set(known)) > 5
    assert all(failures(name) is not None for name in known)


def test_a_takeover_waits_for_no_other_duty(services: SweeperServices) -> None:
    """Each duty that moves turns on has a sweeper of its own; deletions share one."""
    named = [[duty.name for duty in sweeper.duties] for sweeper in sweepers(services)]
    assert ["requeue_expired"] in named
    assert [len(names) for names in named].count(1) == len(named) - 1
