"""Users and tenants take turns: whose turn is next, what waits, and that nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from prometheus_client import REGISTRY
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import (
    BusyPolicy,
    CancelReason,
    ClaimedTurn,
    ReleaseTurn,
    TurnAccepted,
    TurnStatus,
)
from turnstream.errors import TooManyTurns
from turnstream.metrics import OTHER
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.settings import StoreSettings
from turnstream_store.turns.waiting.backlog import BacklogCounts

from tests.integration.store.conftest import Stores
from tests.integration.store.turns.test_interleaving import until_waiting
from tests.support.turns import ANN, BOB, accept, claim, claim_next, finish, message, running
from tests.support.waiting import wait_until_async

ACME, GLOBEX = Owner("acme", "ann"), Owner("globex", "ann")


@pytest.fixture
async def other(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


async def claimed(client: StoreClient) -> ClaimedTurn:
    """The turn whose turn it is."""
    turn = await claim_next(client)
    assert turn is not None
    return turn


async def served(client: StoreClient, count: int) -> str:
    """Whose the next turns are, one after another: the user's or the tenant's letter, `aab`."""
    users = []
    for _ in range(count):
        turn = await claimed(client)
        await finish(client, turn)
        tenant, user = turn.context.tenant, turn.context.user_id
        users.append((user if tenant == DEFAULT_TENANT else tenant)[0])
    return "".join(users)


async def queued(client: StoreClient, owner: Owner, count: int) -> list[TurnAccepted]:
    """Turns of an owner's in threads of their own, sent one after another."""
    return [await accept(client, owner=owner) for _ in range(count)]


async def share(client: StoreClient, tenant: str, **settings: object) -> None:
    """Give a tenant settings of its own."""
    await client.tenants.set(tenant, TenantSettings.model_validate(settings))


async def test_one_message_waits_for_one_slot_however_many_a_neighbour_has_queued(
    stores: Stores,
) -> None:
    """A worker with four slots, 400 turns of one user before it, and one message of another."""
    client = await stores.start()
    # Those that are accepted together may have one round together, so the first come one by one.
    await queued(client, ANN, 20)
    await asyncio.gather(*(queued(client, ANN, 95) for _ in range(4)))
    slots = [await claimed(client) for _ in range(4)]
    await accept(client, owner=BOB)
    await finish(client, slots[0])
    assert (await claimed(client)).context.user_id == BOB.user
    await finish(client, slots[1])
    assert (await claimed(client)).context.user_id == ANN.user


async def test_users_take_turns(stores: Stores) -> None:
    """A user who comes to a line is next; then it goes round."""
    client = await stores.start()
    await queued(client, ANN, 4)
    await queued(client, BOB, 4)
    assert await served(client, 8) == "babababa"


async def test_tenants_take_turns_however_many_users_they_have(stores: Stores) -> None:
    """Ten users of one tenant are one tenant."""
    client = await stores.start()
    for number in range(10):
        await accept(client, owner=Owner("acme", f"user-{number}"))
    await queued(client, GLOBEX, 4)
    assert await served(client, 10) == "gagagagaaa"


async def test_a_tenant_is_served_by_its_share(stores: Stores) -> None:
    """A share of 3 is three turns for each of a tenant that has 1."""
    client = await stores.start()
    await share(client, "acme", tenant_share=3)
    await queued(client, ACME, 12)
    await queued(client, GLOBEX, 12)
    assert Counter(await served(client, 12)) == {"a": 9, "g": 3}


async def test_a_light_user_overtakes_the_heavy_one_of_their_tenant_and_nobody_else(
    stores: Stores,
) -> None:
    """The tenant has as many turns as before: only which of its users gets them has changed."""
    client = await stores.start()
    await queued(client, ACME, 6)
    await queued(client, GLOBEX, 6)
    light = await accept(client, owner=Owner("acme", "zoe"))
    turns = [await claimed(client) for _ in range(6)]
    assert [turn.context.tenant for turn in turns] == ["globex", "acme"] * 3
    assert light.turn_id in {turn.turn_id for turn in turns[:4]}


async def test_nobody_saves_up_turns_by_being_idle(stores: Stores) -> None:
    """After an hour of one user's turns another one has no hour of their own to come."""
    client = await stores.start()
    await queued(client, ANN, 10)
    await served(client, 6)
    await queued(client, BOB, 4)
    assert Counter(await served(client, 4)) == {"a": 2, "b": 2}


async def test_a_turn_that_is_tried_again_keeps_its_place(stores: Stores) -> None:
    """A worker that stops gives its turns back: they are the next ones, and use up no attempt."""
    client = await stores.start()
    await queued(client, ANN, 3)
    first = await claimed(client)
    await queued(client, BOB, 3)
    back = ReleaseTurn(attempt=first.attempt, count_as_failed=False)
    await client.turns.release(ANN, first.turn_id, back)
    again = await claimed(client)
    assert (again.turn_id, again.attempt) == (first.turn_id, 2)


async def test_a_user_has_so_many_turns_running_and_the_rest_wait(stores: Stores) -> None:
    """Free slots stay free for others; the end of a turn promotes the next one."""
    client = await stores.start(max_running_turns_per_user=2)
    await queued(client, ANN, 4)
    running_turns = [await claimed(client), await claimed(client)]
    assert await claim_next(client) is None
    await finish(client, running_turns[0])
    third = await claimed(client)
    assert await claim_next(client) is None
    await client.turns.cancel(ANN, third.turn_id, CancelReason.STOP)
    assert await claim_next(client) is None  # it runs until its worker has ended it
    await finish(client, third, TurnStatus.CANCELLED)
    await claimed(client)


async def test_whatever_ends_a_turn_lets_the_next_one_through(stores: Stores) -> None:
    """A Stop before it ran, the deletion of its thread, a delay, a dead letter that is closed."""
    client = await stores.start(max_running_turns_per_user=1)
    stopped, deleted, delayed, last = [await accept(client) for _ in range(4)]
    await client.turns.cancel(ANN, stopped.turn_id, CancelReason.STOP)
    turn = await claimed(client)
    assert turn.turn_id == deleted.turn_id
    await client.threads.delete(ANN, deleted.thread_id)
    turn = await claimed(client)
    assert turn.turn_id == delayed.turn_id
    wait = ReleaseTurn(attempt=1, count_as_failed=True, delay=timedelta(hours=1))
    await client.turns.release(ANN, delayed.turn_id, wait)
    assert (await claimed(client)).turn_id == last.turn_id


async def test_a_message_behind_another_one_waits_without_a_place(stores: Stores) -> None:
    """It is promoted by the end of the turn before it, and then takes its turn as any other."""
    client = await stores.start(max_running_turns_per_user=2)
    first = await running(client)
    behind = await accept(client, message(thread_id=first.thread_id))
    elsewhere = await accept(client)
    assert (await claimed(client)).turn_id == elsewhere.turn_id
    assert await claim_next(client, named=behind.turn_id) is None
    await finish(client, first)
    assert (await claimed(client)).turn_id == behind.turn_id


async def test_an_interrupting_message_runs_when_the_interrupted_turn_has_ended(
    stores: Stores,
) -> None:
    """Also where its user may have a single turn."""
    client = await stores.start(max_running_turns_per_user=1)
    first = await running(client)
    said = message(thread_id=first.thread_id)
    second = await accept(client, said, when_busy=BusyPolicy.INTERRUPT)
    assert await claim_next(client) is None
    await finish(client, first, TurnStatus.CANCELLED)
    assert (await claimed(client)).turn_id == second.turn_id


async def test_a_delayed_turn_is_promoted_by_the_sweeper(client: StoreClient) -> None:
    """No end of another turn will do it."""
    turn = await running(client)
    wait = ReleaseTurn(attempt=1, count_as_failed=True, delay=timedelta(milliseconds=300))
    await client.turns.release(ANN, turn.turn_id, wait)
    again: ClaimedTurn | None = None

    async def is_back() -> bool:
        nonlocal again
        again = await claim_next(client)
        return again is not None

    await wait_until_async(is_back)
    assert again is not None
    assert again.attempt == 2


async def test_the_sweeper_promotes_what_everybody_missed(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """An acceptance and an end at the same moment see nothing of each other."""
    accepted = await accept(client)
    await other.execute("UPDATE turns SET held_back = true")

    async def is_claimed() -> bool:
        turn = await claim_next(client)
        return turn is not None and turn.turn_id == accepted.turn_id

    await wait_until_async(is_claimed)


async def test_every_turn_ends_with_limits_on(stores: Stores) -> None:
    """Many users, threads with several messages, few places: all of them are claimed once."""
    client = await stores.start(max_running_turns_per_user=2)
    accepted: list[str] = []
    for user in "abcde":
        owner = Owner("default", user)
        for first in await queued(client, owner, 4):
            behind = await accept(client, message(thread_id=first.thread_id), owner=owner)
            accepted += (first.turn_id, behind.turn_id)
    seen: Counter[str] = Counter()

    async def work() -> None:
        while (turn := await claim_next(client)) is not None:
            seen[turn.turn_id] += 1
            await finish(client, turn)

    while sum(seen.values()) < len(accepted):
        before = sum(seen.values())
        await asyncio.gather(*(work() for _ in range(4)))
        assert sum(seen.values()) > before, "turns wait and nobody promotes them"
    assert seen == dict.fromkeys(accepted, 1)


async def test_many_workers_at_once_claim_every_turn_once(stores: Stores) -> None:
    """As many wake-ups as turns: none is used up without a turn, and no turn is claimed twice."""
    client = await stores.start(max_running_turns_per_user=100)
    accepted = [*await queued(client, ANN, 14), *await queued(client, BOB, 6)]
    claims = await asyncio.gather(*(claim_next(client) for _ in accepted))
    assert {turn.turn_id for turn in claims if turn} == {turn.turn_id for turn in accepted}


async def test_a_claim_waits_for_a_turn_that_another_transaction_has_locked(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """Its wake-up is not used up: when the lock is gone, the turn is claimed."""
    client = await stores.start()
    accepted = await accept(client)
    async with other.transaction():
        await other.execute("SELECT FROM turns WHERE id = $1 FOR UPDATE", accepted.turn_id)
        woken = asyncio.create_task(claim_next(client))
        await until_waiting(other)
    turn = await woken
    assert turn is not None
    assert turn.turn_id == accepted.turn_id


async def test_a_claim_does_not_wait_for_a_locked_turn_while_others_are_there(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """Two claimers at once take two turns."""
    client = await stores.start()
    locked, free = await accept(client), await accept(client)
    async with other.transaction():
        await other.execute("SELECT FROM turns WHERE id = $1 FOR UPDATE", locked.turn_id)
        assert (await claimed(client)).turn_id == free.turn_id


async def test_a_wake_up_for_one_turn_may_claim_another(stores: Stores) -> None:
    """And the named one is there for the next wake-up."""
    client = await stores.start()
    first, second = await accept(client), await accept(client)
    turns = [await claim_next(client, named=second.turn_id) for _ in range(3)]
    assert [turn and turn.turn_id for turn in turns] == [first.turn_id, second.turn_id, None]


async def test_a_worker_of_an_older_version_claims_the_turn_that_its_job_names(
    stores: Stores,
) -> None:
    """Both kinds of workers run side by side, and no turn twice."""
    client = await stores.start()
    first, second = await accept(client), await accept(client)
    assert await claim(client, second.turn_id) is not None
    assert (await claimed(client)).turn_id == first.turn_id
    assert await claim(client, first.turn_id) is None


async def test_turns_of_an_older_store_are_claimed_in_their_order(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """It writes no rounds and holds nothing back; of a thread still one turn runs at a time."""
    client = await stores.start()
    first = await accept(client)
    behind = await accept(client, message(thread_id=first.thread_id))
    await other.execute("UPDATE turns SET held_back = false, tenant_round = 0, user_round = 0")
    turn = await claimed(client)
    assert turn.turn_id == first.turn_id
    assert await claim_next(client) is None
    await finish(client, turn)
    assert (await claimed(client)).turn_id == behind.turn_id


async def test_a_user_has_a_limit_of_turns_also_when_all_come_at_once(stores: Stores) -> None:
    """What one store is writing at this moment counts too: none is accepted beyond the limit."""
    client = await stores.start(max_turns_per_user=5)
    tries = (accept(client) for _ in range(30))
    ends = await asyncio.gather(*tries, return_exceptions=True)
    accepted = sum(isinstance(end, TurnAccepted) for end in ends)
    assert 1 <= accepted <= 5
    assert sum(isinstance(end, TooManyTurns) for end in ends) == 30 - accepted
    await queued(client, ANN, 5 - accepted)
    with pytest.raises(TooManyTurns):
        await accept(client)


async def test_a_tenant_has_a_limit_of_turns(client: StoreClient) -> None:
    """It is counted with every sweep; other tenants have theirs."""
    await share(client, "acme", max_turns_per_tenant=2)
    for user in "ab":
        await accept(client, owner=Owner("acme", user))

    async def is_full() -> bool:
        try:
            await accept(client, owner=Owner("acme", new_id("user")))
        except TooManyTurns as error:
            assert error.code == "too_many_turns_of_tenant"
            return True
        return False

    await wait_until_async(is_full)
    await accept(client, owner=GLOBEX)


async def test_operators_see_how_long_the_oldest_turn_could_have_run(
    stores: Stores, emptied: str
) -> None:
    """What is held back has not waited for a worker."""
    client, counts = await stores.start(max_running_turns_per_user=1), BacklogCounts()
    await queued(client, ANN, 2)
    async with Database(StoreSettings(database_url=emptied)) as database:
        await counts.refresh(database)
        assert (backlog("queued"), backlog("held_back"), backlog("running")) == (1, 1, 0)
        assert 0 < (gauge("oldest_runnable_turn_seconds") or 0) < 60
        await claimed(client)
        await counts.refresh(database)
        assert (backlog("queued"), backlog("held_back"), backlog("running")) == (0, 1, 1)
        assert gauge("oldest_runnable_turn_seconds") == 0


def gauge(name: str, **labels: str) -> float | None:
    """What a metric of the store says, of tenants that are not named."""
    return REGISTRY.get_sample_value(f"turnstream_{name}", {"tenant": OTHER, **labels})


def backlog(state: str) -> float | None:
    """How many turns are in a state."""
    return gauge("backlog_turns", state=state)
