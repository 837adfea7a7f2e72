"""A worker says to the store that it is there, how many slots it has, and when it goes."""

import asyncio

from turnstream.contracts.operating.overview import WorkerHeartbeat, WorkerState
from turnstream.errors import Unavailable
from turnstream.testing import MemoryStore
from turnstream_worker.turns.heartbeat import Heartbeat
from turnstream_worker.turns.slots import Slots

from tests.support.waiting import wait_until_async


async def workers(store: MemoryStore) -> list[WorkerState]:
    """Those that the store heard of."""
    return (await store.operations.overview()).workers


async def test_a_worker_is_told_of_with_its_slots_and_forgotten_at_its_end() -> None:
    """From its start on, and at once when it begins to drain."""
    store, slots = MemoryStore(), Slots(5)
    over = asyncio.Event()

    async def turn() -> None:
        await over.wait()

    heartbeat = Heartbeat(store, "w1", slots)
    slots.start(turn())
    async with heartbeat.running():

        async def seen() -> bool:
            return bool(await workers(store))

        await wait_until_async(seen)
        (worker,) = await workers(store)
        assert (worker.instance, worker.slots, worker.running) == ("w1", 5, 1)
        assert not worker.draining
        heartbeat.drain()

        async def drains() -> bool:
            return (await workers(store))[0].draining

        await wait_until_async(drains)
        over.set()
    assert await workers(store) == []


async def test_a_store_that_is_away_stops_no_worker() -> None:
    """It is told again later, and the end waits for nobody."""
    store = MemoryStore()

    async def away(worker: WorkerHeartbeat) -> None:
        raise Unavailable()

    async def away_too(instance: str) -> None:
        raise Unavailable()

    store.operations.seen = away  # type: ignore[method-assign]  # as a store that does not answer
    store.operations.gone = away_too  # type: ignore[method-assign]
    async with Heartbeat(store, "w1", Slots(5)).running():
        await asyncio.sleep(0)
