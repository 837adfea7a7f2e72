"""Model calls are counted with their records, and added up."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.operating.usage import (
    CountOutsideTurn,
    ModelUsage,
    ReserveOutsideTurn,
    ReserveUsage,
    UsageGrouping,
    UsagePage,
    UsageQuery,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ClaimedTurn, ReleaseTurn
from turnstream.errors import BudgetExhausted, Fenced
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import ANN, BOB, OTHER_ANN, accept, claim, finish, running, write
from tests.support.waiting import wait_until_async


def query(*by: UsageGrouping, **more: Any) -> UsageQuery:
    now, day = datetime.now(UTC), timedelta(days=1)
    return UsageQuery(since=now - day, until=now + day, by=by or (UsageGrouping.DAY,), **more)


async def of(client: StoreClient, owner: Owner, *by: UsageGrouping) -> UsagePage:
    return await client.usage.of_user(owner, query(*by))


CALL = {"key": "k", "agent": "clerk", "model": "m", "input_tokens": 10, "output_tokens": 5}


async def test_a_call_is_counted_once_however_often_it_is_written(client: StoreClient) -> None:
    """Again after a lost answer, by the next attempt, and with the end of its turn."""
    turn = await running(client)
    for _ in range(3):
        await write(client, turn, usage=[CALL])
    release = ReleaseTurn(attempt=turn.attempt, count_as_failed=False)
    await client.turns.release(ANN, turn.turn_id, release)
    successor = await claim(client, turn.turn_id)
    assert successor is not None
    with pytest.raises(Fenced):
        await write(client, turn, usage=[CALL | {"key": "of a zombie"}])
    for _ in range(3):
        await write(client, successor, usage=[CALL], played_back=["k"])
    await write(client, successor, usage=[CALL | {"key": "last"}], end={"status": "completed"})

    [each] = (await of(client, ANN)).data
    assert (each.calls, each.played_back, each.unpriced) == (2, 1, 2)
    assert (each.input_tokens, each.output_tokens) == (20, 10)


async def test_usage_stays_when_its_thread_is_deleted(client: StoreClient) -> None:
    """It was bought, whatever becomes of what was said."""
    turn = await running(client)
    await write(client, turn, usage=[CALL | {"cost": 150}])
    await finish(client, turn)
    await client.threads.delete(ANN, turn.thread_id)

    [each] = (await of(client, ANN, UsageGrouping.THREAD)).data
    assert (each.thread_id, each.cost, each.unpriced) == (turn.thread_id, 0.00015, 0)


async def test_users_and_tenants_see_what_is_theirs(client: StoreClient) -> None:
    """A tenant sees all of its users or one, an operator everybody."""
    for owner in (ANN, ANN, BOB, OTHER_ANN):
        await write(client, await running(client, owner=owner), usage=[CALL])

    by_user = query(UsageGrouping.USER)
    tenant = await client.usage.of_tenant(ANN.tenant, by_user)
    assert [(each.user, each.calls) for each in tenant.data] == [("ann", 2), ("bob", 1)]
    only = await client.usage.of_tenant(ANN.tenant, by_user, "bob")
    assert [each.user for each in only.data] == ["bob"]
    assert [each.calls for each in (await of(client, OTHER_ANN)).data] == [1]
    everybody = await client.usage.of_all(query(UsageGrouping.MODEL))
    assert [(each.tenant, each.calls) for each in everybody.data] == [("acme", 1), ("default", 3)]


async def test_sums_come_in_pages(client: StoreClient) -> None:
    """Each once, and the last page says that it is the last."""
    turn = await running(client)
    calls = [CALL | {"key": f"k{n}", "model": f"m{n}"} for n in range(5)]
    await write(client, turn, usage=calls)
    models, after = [], 0
    while after is not None:
        page = await client.usage.of_user(ANN, query(UsageGrouping.MODEL, limit=2, after=after))
        assert len(page.data) <= 2
        models += [each.model for each in page.data]
        after = page.after  # type: ignore[assignment]  # None ends the loop

    assert models == [f"m{n}" for n in range(5)]


async def test_only_a_running_attempt_reserves(client: StoreClient) -> None:
    """Where nobody has a budget it may reserve whatever it likes."""
    turn = await running(client)
    command = ReserveUsage(attempt=turn.attempt, key="k", tokens=10**12)
    await client.usage.reserve(ANN, turn.turn_id, command)
    await finish(client, turn)
    with pytest.raises(Fenced):
        await client.usage.reserve(ANN, turn.turn_id, command)


async def reserve(client: StoreClient, turn: ClaimedTurn, tokens: int, key: str = "k") -> None:
    command = ReserveUsage(attempt=turn.attempt, key=key, tokens=tokens, cost=tokens)
    await client.usage.reserve(turn.context.owner, turn.turn_id, command)


async def use(client: StoreClient, turn: ClaimedTurn, tokens: int, key: str = "k") -> None:
    call = {"key": key, "input_tokens": tokens, "cost": tokens, "reserved": key}
    await write(client, turn, usage=[call])


async def test_a_call_that_used_less_gives_the_rest_back(store_with: StoreWith) -> None:
    """What counts after a call is what it used; the same key again replaces its reservation."""
    async with store_with(Limits(user_daily_tokens=1000)) as client:
        turn = await running(client)
        for _ in range(2):
            await reserve(client, turn, 900)
        await use(client, turn, 100)
        await reserve(client, turn, 900, "next")

        with pytest.raises(BudgetExhausted) as refused:
            await reserve(client, turn, 1, "one more")

    assert refused.value.limit == "user_daily"
    assert 0 < (refused.value.retry_after or 0) <= 86_400


async def test_nothing_stays_reserved_by_a_turn_that_has_ended(store_with: StoreWith) -> None:
    """Also where its worker never said what the call used."""
    async with store_with(Limits(tenant_monthly_tokens=1000)) as client:
        turn = await running(client)
        await reserve(client, turn, 1000)
        with pytest.raises(BudgetExhausted):
            await reserve(client, await running(client, owner=BOB), 1)
        await finish(client, turn)

        await reserve(client, await running(client, owner=BOB), 1000)


async def test_a_used_up_budget_refuses_new_turns(store_with: StoreWith) -> None:
    """Those of its user; what was accepted before is found all the same."""
    async with store_with(Limits(user_monthly_cost=0.001)) as client:
        known = await accept(client, key="known")
        turn = await running(client)
        await reserve(client, turn, 1000)
        await use(client, turn, 1000)

        with pytest.raises(BudgetExhausted):
            await accept(client)

        assert (await accept(client, key="known")).turn_id == known.turn_id
        await accept(client, owner=BOB)


async def test_a_tenant_may_have_budgets_of_its_own(client: StoreClient) -> None:
    """For periods, and for each of its turns, which its worker is told."""
    await client.tenants.set(OTHER_ANN.tenant, TenantSettings(user_daily_tokens=5, turn_max_cost=2))
    turn = await running(client, owner=OTHER_ANN)
    with pytest.raises(BudgetExhausted):
        await reserve(client, turn, 6)

    assert turn.budget is not None
    assert (turn.budget.max_cost, turn.budget.reserves) == (2_000_000, True)
    assert (await running(client)).budget is None


async def test_a_call_of_no_turn_counts_as_any_other(store_with: StoreWith) -> None:
    """It is set aside for a time, and counted once for its key."""
    async with store_with(Limits(user_daily_tokens=1000)) as client:
        asked = ReserveOutsideTurn(key="title", tokens=900, lasts=timedelta(minutes=1))
        await client.usage.reserve_outside_turn(ANN, asked)
        with pytest.raises(BudgetExhausted):
            await reserve(client, await running(client), 101)
        call = ModelUsage(key="title", input_tokens=20, output_tokens=5, reserved="title")
        for _ in range(2):
            counted = CountOutsideTurn(thread_id="cthr_1", usage=[call])
            await client.usage.count_outside_turn(ANN, counted)
        await reserve(client, await running(client), 975)

        [each] = (await of(client, ANN, UsageGrouping.THREAD)).data

    assert (each.thread_id, each.calls, each.input_tokens, each.unpriced) == ("cthr_1", 1, 20, 1)


async def test_a_reservation_of_no_turn_ends_with_its_time(store_with: StoreWith) -> None:
    """Its worker may have died."""
    async with store_with(Limits(user_daily_tokens=10)) as client:
        asked = ReserveOutsideTurn(key="k", tokens=10, lasts=timedelta(milliseconds=300))
        begun = datetime.now(UTC)
        await client.usage.reserve_outside_turn(ANN, asked)

        async def is_over() -> bool:
            other = asked.model_copy(update={"key": "other"})
            with suppress(BudgetExhausted):
                await client.usage.reserve_outside_turn(ANN, other)
                return True
            return False

        await wait_until_async(is_over)
        assert datetime.now(UTC) - begun >= asked.lasts
