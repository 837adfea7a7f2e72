"""An app that blocks the event loop is told from a dead machine: it is named, its turns stay."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import structlog
from chatkit.types import ThreadStreamEvent
from structlog.testing import capture_logs
from turnstream.contracts.turns import (
    RequestContext,
    TurnStatus,
    TurnView,
)
from turnstream.store_client import StoreClient
from turnstream.testing import Limits, MemoryStore
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.turns import watchdog as module
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.watchdog import LoopWatchdog

from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.running import SETTINGS, ScriptedServer, Turn, Worker, ends
from tests.unit.worker.turns.renewals import RenewingStore

LEASE = timedelta(seconds=0.9)
LOST = "turn_lost"


@asynccontextmanager
async def watched(
    store: RenewingStore, *attempts: Attempt, **settings: Any
) -> AsyncIterator[LeaseKeeper]:
    """Attempts whose leases are kept in this event loop, and looked after from outside."""
    keeper = LeaseKeeper(store, "w1", LEASE)
    for attempt in attempts:
        attempt.lease_deadline = time.monotonic() + LEASE.total_seconds()
        keeper.keep(attempt)
    dog = LoopWatchdog(keeper, lambda: store, SETTINGS.model_copy(update=settings))
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(20), dog.running():
        yield keeper
    running.cancel()
    await asyncio.wait({running})


def blocks(seconds: float, context: RequestContext) -> None:
    """An app's function that does not await."""
    assert context.turn_id
    time.sleep(seconds)


def of_turn(turn_id: str) -> RequestContext:
    return RequestContext(user_id="ann", turn_id=turn_id)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The log lines of the watchdog, which another thread writes."""
    monkeypatch.setattr(module, "log", structlog.get_logger())
    with capture_logs() as lines:
        yield lines


async def test_turns_stay_with_a_worker_whose_loop_is_blocked(logs: list[dict[str, Any]]) -> None:
    """Far beyond their lease. The one that blocks is named, for the log and for the store."""
    store, mine, other = RenewingStore(), an_attempt(turn_id="turn_1"), an_attempt(turn_id="turn_2")
    async with watched(store, mine, other):
        await asyncio.sleep(0)
        blocks(1.6, of_turn("turn_1"))
        await asyncio.sleep(0.3)

    assert mine.interruption is None
    assert other.interruption is None
    assert max(b - a for a, b in pairwise(store.at)) < LEASE.total_seconds()
    told = store.blocked()[-1]
    function = f"{__name__}:blocks "
    assert re.match(rf"Its worker was blocked for [12] s in {function}", told["turn_1"])
    assert told["turn_2"].startswith("Its worker was blocked by turn turn_1 for ")
    begun = next(line for line in logs if line["event"] == "event loop blocked")
    assert (begun["turn_id"], begun["function"][: len(function)]) == ("turn_1", function)
    assert "time.sleep(seconds)" in begun["stack"]
    over = next(line for line in logs if line["event"] == "event loop goes on")
    assert 1 < over["blocked_for"] < 3


async def test_the_store_is_told_when_the_loop_goes_on() -> None:
    """The next renewal says that nothing blocks the turn any more."""
    store = RenewingStore()
    async with watched(store, an_attempt()):
        blocks(0.7, of_turn("turn_1"))
        before = len(store.asked)
        await wait_until_async(lambda: len(store.asked) > before + 1)

    assert store.blocked()
    assert store.asked[-1].turns[0].blocked == ""


async def test_a_loop_that_hangs_loses_its_turns() -> None:
    """After `BLOCK_LIMIT`. Otherwise a turn would hang with it for ever."""
    store, attempt = RenewingStore(), an_attempt()
    async with watched(store, attempt, block_limit=timedelta(seconds=0.6)):
        blocks(1.8, of_turn("turn_1"))
        assert await attempt.interrupted() is Interruption.LOST

    asked = zip(store.at, store.asked, strict=True)
    last = max(at for at, command in asked if command.turns[0].blocked)
    assert last - store.at[0] < 1.0


async def test_a_turn_that_was_lost_while_the_loop_was_blocked_is_interrupted() -> None:
    """Somebody else has it. It is told in its own event loop, once that goes on."""
    attempt = an_attempt(turn_id=LOST)
    async with watched(RenewingStore(LOST), attempt):
        blocks(0.7, of_turn(LOST))
        assert await attempt.interrupted() is Interruption.LOST


async def test_a_loop_that_awaits_is_left_alone(logs: list[dict[str, Any]]) -> None:
    store, attempt = RenewingStore(), an_attempt()
    async with watched(store, attempt):
        for _ in range(40):
            await asyncio.sleep(0.01)

    assert store.blocked() == []
    assert [line for line in logs if line["event"].startswith("event loop")] == []


async def test_a_worker_without_a_turn_is_looked_at_more_rarely() -> None:
    """Each look wakes two threads, and there is nothing that a blocked loop could hold up."""
    looks: list[float] = []

    class Watched(LoopWatchdog):
        async def _look(self, late: float, client: StoreClient) -> None:
            looks.append(time.monotonic())
            await super()._look(late, client)

    store = RenewingStore()
    keeper = LeaseKeeper(store, "w1", LEASE)
    often, timeout = 3, 0.25
    settings = SETTINGS.model_copy(update={"block_warning": timedelta(seconds=timeout)})
    async with asyncio.timeout(20), Watched(keeper, lambda: store, settings).running():
        await wait_until_async(lambda: len(looks) > often)
    assert looks[often] - looks[0] >= timeout * often * 0.9


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda context: context,
        lambda context: an_attempt(turn_id=context.turn_id),
    ],
)
async def test_the_turn_is_known_by_what_its_functions_hold(
    wrapped: Callable[[RequestContext], object],
) -> None:
    """The context of its request, or the attempt."""
    store = RenewingStore()
    holds = wrapped(of_turn("turn_9"))
    async with watched(store, an_attempt()):
        time.sleep(0.7)
    assert holds is not None
    assert "by turn turn_9" in store.blocked()[-1]["turn_1"]


async def blocking(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """An answer that an app computes without ever awaiting."""
    time.sleep(1.4)
    yield ends("Done")


async def run_blocking_turn(limits: Limits, **settings: Any) -> tuple[Worker, Turn, TurnView]:
    """A turn of a real worker whose app blocks for twice the lease, and how it stands then."""
    changed = SETTINGS.model_copy(update={"lease": LEASE, **settings})
    worker = Worker(blocking, client=MemoryStore(limits), settings=changed)
    turn = await worker.accept()
    dog = LoopWatchdog(worker.leases, lambda: worker.client, changed)
    renewing = asyncio.create_task(worker.leases.run())
    async with asyncio.timeout(20), dog.running():
        view = await turn.run()
    renewing.cancel()
    await asyncio.wait({renewing})
    return worker, turn, view


async def test_a_turn_that_blocks_answers_late_and_once() -> None:
    """Its first attempt is its last."""
    _, turn, view = await run_blocking_turn(Limits())

    assert (view.status, view.attempt) == (TurnStatus.COMPLETED, 1)
    assert await turn.items() == [("assistant_message", "Done")]


async def test_the_dead_letter_of_a_turn_that_hangs_names_the_function() -> None:
    worker, turn, _ = await run_blocking_turn(
        Limits(max_attempts=1), block_limit=timedelta(seconds=0.4)
    )

    await wait_until_async(lambda: worker.client.dead_letters.newest(1))
    failed = await worker.client.dead_letters.show_failed(turn.id)
    assert failed.error.code == "worker_blocked"
    assert f"in {__name__}:blocking (test_watchdog.py:" in failed.error.detail
