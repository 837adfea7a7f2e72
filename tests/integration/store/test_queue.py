"""The store tells how long the queue is: by who is first in line, not by how much is queued."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from turnstream.contracts.operating.queue import QueueState, TenantQueue
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import BusyPolicy
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.queue.rules import FRESH, QueueStateCache
from turnstream_store.settings import StoreSettings

from tests.support.turns import accept, claim, finish, message, running

ANN, BOB, ELSEWHERE = Owner("acme", "ann"), Owner("acme", "bob"), Owner("globex", "ann")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cache(emptied: str, clock: Clock) -> AsyncIterator[QueueStateCache]:
    """What looks at the queue; each look that a test asks for is a new one."""
    async with Database(StoreSettings(database_url=emptied)) as database:
        yield QueueStateCache(database, clock)


async def look(cache: QueueStateCache, clock: Clock) -> dict[str, int]:
    """Users that wait, by tenant."""
    clock.now += 1
    return {name: each.users for name, each in (await cache.state()).tenants.items()}


async def test_users_wait_and_turns_do_not(
    cache: QueueStateCache, clock: Clock, client: StoreClient
) -> None:
    """However many turns a user has queued, there is one who waits."""
    assert await look(cache, clock) == {}
    for _ in range(5):
        await accept(client, owner=ANN)
    assert await look(cache, clock) == {"acme": 1}
    await accept(client, owner=BOB)
    await accept(client, owner=ELSEWHERE)
    assert await look(cache, clock) == {"acme": 2, "globex": 1}


async def test_what_could_not_run_does_not_wait_for_a_slot(
    cache: QueueStateCache, clock: Clock, client: StoreClient
) -> None:
    """It waits for the turn before it in its thread, or for its time to be tried again."""
    first = await running(client, owner=ANN)
    assert await look(cache, clock) == {}
    follow = message(thread_id=first.thread_id)
    await accept(client, follow, owner=ANN, when_busy=BusyPolicy.ENQUEUE)
    assert await look(cache, clock) == {}
    await finish(client, first)
    assert await look(cache, clock) == {"acme": 1}


async def test_the_age_is_that_of_whoever_waits_longest(
    emptied: str, cache: QueueStateCache, clock: Clock, client: StoreClient
) -> None:
    """Since it was accepted, or since it may be tried again."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    for owner, age in ((ANN, 90), (ANN, 10), (BOB, 40), (ELSEWHERE, 5)):
        turn = await accept(client, owner=owner)
        await connection.execute(
            "UPDATE turns SET accepted_at = now() - $2::interval, "
            "not_before = now() - $2::interval WHERE id = $1",
            turn.turn_id,
            timedelta(seconds=age),
        )
    await look(cache, clock)
    state = await cache.state()
    assert state.tenants["acme"].users == 2
    assert 90 <= state.tenants["acme"].age < 100
    assert 5 <= state.tenants["globex"].age < 15
    await connection.execute("UPDATE turns SET not_before = now() + interval '1 minute'")
    assert await look(cache, clock) == {}
    await connection.close()


async def test_the_pace_is_what_ended_of_late(
    emptied: str, cache: QueueStateCache, clock: Clock, client: StoreClient
) -> None:
    """Of all tenants: they share the slots."""
    turns = [await running(client, owner=owner) for owner in (ANN, BOB, ELSEWHERE)]
    await accept(client, owner=ANN)
    for turn in turns:
        await finish(client, turn)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute(
        "UPDATE turns SET ended_at = now() - interval '31 seconds' WHERE id = $1", turns[0].turn_id
    )
    await connection.close()
    await look(cache, clock)
    assert (await cache.state()).ended == 2


async def test_the_queue_is_looked_at_once_a_second(
    cache: QueueStateCache, clock: Clock, client: StoreClient
) -> None:
    """However many gateways ask."""
    assert await look(cache, clock) == {}
    await accept(client, owner=ANN)
    assert (await cache.state()).tenants == {}
    clock.now += FRESH
    assert [*(await cache.state()).tenants] == ["acme"]


async def test_gateways_learn_it_over_http(client: StoreClient) -> None:
    """With a client that knows its form."""
    turn = await accept(client, owner=ANN)
    state = await client.queue.state()
    assert isinstance(state, QueueState)
    assert state.tenants["acme"] == TenantQueue(users=1, age=state.oldest)
    assert await claim(client, turn.turn_id, tenant="acme")
