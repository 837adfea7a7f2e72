"""What users and tenants may spend: reserved before a call, counted after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.operating.usage import (
    CountOutsideTurn,
    ModelUsage,
    ReserveOutsideTurn,
    ReserveUsage,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ClaimedTurn
from turnstream.errors import BudgetExhausted, Fenced
from turnstream.store_client import StoreClient

from tests.support.system.services import running_store
from tests.support.turns import (
    ANN,
    BOB,
    OTHER_ANN,
    accept,
    claim,
    claim_next,
    finish,
    running,
    write,
)


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("SET search_path TO turnstream")
    yield connection
    await connection.close()


@pytest.fixture
def store(emptied: str, redis: str, blobs_url: str) -> Any:
    """A store with budgets."""

    @asynccontextmanager
    async def of(**budgets: Any) -> AsyncIterator[StoreClient]:
        async with running_store(emptied, redis, blobs_url=blobs_url, **budgets) as client:
            yield client

    return of


async def reserve(
    client: StoreClient, turn: ClaimedTurn, tokens: int, key: str = "k", cost: int | None = None
) -> None:
    command = ReserveUsage(attempt=turn.attempt, key=key, tokens=tokens, cost=cost)
    await client.usage.reserve(turn.context.owner, turn.turn_id, command)


async def use(client: StoreClient, turn: ClaimedTurn, tokens: int, key: str = "k") -> None:
    call = {"key": key, "input_tokens": tokens, "cost": tokens, "reserved": key}
    await write(client, turn, usage=[call])


async def test_reservations_that_come_together_never_exceed_a_budget(store: Any) -> None:
    """Of twenty turns that want a tenth each, ten get it."""
    async with store(user_daily_tokens=1000) as client:
        turns = [await running(client) for _ in range(20)]
        wanted = (reserve(client, turn, 100) for turn in turns)
        answers = await asyncio.gather(*wanted, return_exceptions=True)

    assert sum(answer is None for answer in answers) == 10
    assert sum(isinstance(answer, BudgetExhausted) for answer in answers) == 10


async def test_calls_that_end_while_others_begin_never_exceed_a_budget(store: Any) -> None:
    """Anyone who reserves meanwhile sees a call as reserved or as counted, never as neither."""
    async with store(tenant_monthly_tokens=1000) as client:
        turns = [await running(client, owner=Owner("acme", f"u{n}")) for n in range(12)]
        got = 0

        async def call(turn: ClaimedTurn) -> None:
            nonlocal got
            for number in range(4):
                await reserve(client, turn, 50, str(number))
                await use(client, turn, 50, str(number))
                got += 1

        await asyncio.gather(*map(call, turns), return_exceptions=True)

    assert got == 20


async def test_a_call_that_used_less_gives_the_rest_back(store: Any) -> None:
    """What counts after a call is what it used."""
    async with store(user_daily_tokens=1000) as client:
        turn = await running(client)
        await reserve(client, turn, 900)
        await use(client, turn, 100)

        await reserve(client, turn, 900, "next")

        with pytest.raises(BudgetExhausted):
            await reserve(client, turn, 1, "one more")


async def test_an_asked_again_reservation_replaces_the_earlier_one(store: Any) -> None:
    """As after an answer of the store that was lost."""
    async with store(user_daily_tokens=1000) as client:
        turn = await running(client)
        for _ in range(3):
            await reserve(client, turn, 600)


async def test_nothing_stays_reserved_by_a_turn_that_has_ended(store: Any) -> None:
    """Also where its worker never said what the call used."""
    async with store(user_daily_tokens=1000) as client:
        turn = await running(client)
        await reserve(client, turn, 1000)
        await finish(client, turn)

        await reserve(client, await running(client), 1000)


async def test_nothing_stays_reserved_by_a_worker_that_died(
    store: Any, database: asyncpg.Connection
) -> None:
    """The next attempt of its turn has the budget for itself, and the dead one can't reserve."""
    async with store(user_daily_tokens=1000, sweep_interval="1h") as client:
        dead = await running(client)
        await reserve(client, dead, 1000)
        await database.execute("UPDATE turns SET status = 'queued', lease_until = NULL")
        successor = await claim(client, dead.turn_id)
        assert successor is not None

        await reserve(client, successor, 1000)

        with pytest.raises(Fenced):
            await reserve(client, dead, 1)


async def test_a_budget_counts_what_was_used_before_it_was_set(store: Any) -> None:
    """The period is added up from the calls when somebody first asks."""
    async with store() as client:
        await use(client, await running(client), 700)
    async with store(user_daily_tokens=1000, tenant_monthly_tokens=900) as client:
        turn = await running(client)
        with pytest.raises(BudgetExhausted):
            await reserve(client, turn, 301)
        await reserve(client, turn, 200)


async def test_money_is_counted_beside_tokens(store: Any) -> None:
    """A budget in dollars knows nothing of tokens."""
    async with store(user_daily_cost=0.001) as client:
        turn = await running(client)
        await reserve(client, turn, 10**9, cost=1000)
        with pytest.raises(BudgetExhausted):
            await reserve(client, turn, 1, "other", cost=1)


async def test_a_user_is_not_bound_by_what_others_use(store: Any) -> None:
    """A budget of users is each user's own, and a tenant's is that of all its users."""
    async with store(user_daily_tokens=1000, tenant_monthly_tokens=1500) as client:
        await use(client, await running(client), 1000)

        await reserve(client, await running(client, owner=BOB), 500)
        await reserve(client, await running(client, owner=OTHER_ANN), 1000)

        with pytest.raises(BudgetExhausted, match=r"The tenant's budget"):
            await reserve(client, await running(client, owner=BOB), 1)


async def test_a_new_turn_is_refused_until_the_period_is_over(
    store: Any, database: asyncpg.Connection
) -> None:
    """The answer says when that is; a turn that was accepted before is still there; and the next
    day goes on.
    """
    async with store(user_daily_tokens=1000) as client:
        turn = await running(client, key="again")
        await reserve(client, turn, 10)
        await use(client, turn, 1000)

        with pytest.raises(BudgetExhausted) as refused:
            await accept(client)

        assert refused.value.retry_after == pytest.approx(_left_of_day(), abs=60)
        assert (await accept(client, key="again")).existing
        await _let_a_day_pass(database)
        turn = await running(client)
        await reserve(client, turn, 1000)


@pytest.mark.parametrize("by_name", [False, True], ids=["whoever is next", "by name"])
async def test_a_tenant_has_budgets_of_its_own(store: Any, by_name: bool) -> None:
    """In place of the deployment's, where it has any; every kind of claim tells what a turn may
    use.
    """
    async with store(user_daily_tokens=10, turn_max_tool_calls=3) as client:
        own = TenantSettings(user_daily_tokens=1000, turn_max_cost=0.25)
        await client.tenants.set("acme", own)

        accepted = await accept(client, owner=OTHER_ANN)
        if by_name:
            turn = await claim(client, accepted.turn_id, tenant=OTHER_ANN.tenant)
        else:
            turn = await claim_next(client)
        assert turn is not None

        assert turn.budget is not None
        await reserve(client, turn, 1000)
        with pytest.raises(BudgetExhausted):
            await reserve(client, await running(client, owner=ANN), 11)
        assert (turn.budget.max_cost, turn.budget.max_tool_calls) == (250_000, 3)
        assert turn.budget.reserves


async def test_without_budgets_nothing_is_added_up(
    store: Any, database: asyncpg.Connection
) -> None:
    """The claim says that there is nothing to reserve, and no sum is kept."""
    async with store() as client:
        turn = await running(client)
        await use(client, turn, 1000)

    assert turn.budget is None
    assert await database.fetchval("SELECT count(*) FROM spending") == 0


async def test_calls_outside_turns_have_the_same_budgets(store: Any) -> None:
    """What they set aside and what they used counts for turns, and the other way round."""
    async with store(user_daily_tokens=1000) as client:
        await reserve_outside(client, 600)
        turn = await running(client)
        with pytest.raises(BudgetExhausted):
            await reserve(client, turn, 401)
        counted = ModelUsage(key="call_1", input_tokens=300, reserved="call_1")
        for _ in range(2):
            await client.usage.count_outside_turn(ANN, CountOutsideTurn(usage=[counted]))
        await reserve(client, turn, 700)
        with pytest.raises(BudgetExhausted):
            await reserve_outside(client, 1, "call_2")
        await reserve_outside(client, 1000, "call_2", BOB)


async def test_calls_outside_turns_that_come_together_never_exceed_a_budget(store: Any) -> None:
    """Of twenty that want a tenth each, ten get it."""
    async with store(tenant_monthly_tokens=1000) as client:
        wanted = (reserve_outside(client, 100, f"call_{n}") for n in range(20))
        answers = await asyncio.gather(*wanted, return_exceptions=True)

    assert sum(answer is None for answer in answers) == 10


async def test_nothing_stays_reserved_by_a_call_that_nobody_counts(
    store: Any, database: asyncpg.Connection
) -> None:
    """Its worker died: the reservation has an end of its own."""
    async with store(user_daily_tokens=1000) as client:
        await reserve_outside(client, 1000)
        await database.execute("UPDATE reservations SET lasts_until = now() - interval '1 s'")
        await reserve(client, await running(client), 1000)


async def reserve_outside(
    client: StoreClient, tokens: int, key: str = "call_1", owner: Owner = ANN
) -> None:
    command = ReserveOutsideTurn(key=key, tokens=tokens, lasts=timedelta(minutes=1))
    await client.usage.reserve_outside_turn(owner, command)


async def _let_a_day_pass(database: asyncpg.Connection) -> None:
    """Make everything that was used a day older."""
    yesterday = "to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYY-MM-DD')"
    await database.execute(f"UPDATE spending SET period = {yesterday} WHERE length(period) = 10")
    await database.execute("UPDATE usage SET created_at = created_at - interval '1 day'")


def _left_of_day() -> float:
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - now).total_seconds()
