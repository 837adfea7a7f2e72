"""Model calls are counted with their records, and added up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from turnstream.contracts.operating.usage import ReserveUsage, UsageGrouping, UsagePage, UsageQuery
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ReleaseTurn
from turnstream.errors import Fenced
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, BOB, OTHER_ANN, claim, finish, running, write


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
