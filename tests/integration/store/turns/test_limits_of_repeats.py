"""What an operator repeats is bounded as what its user asks: a refusal comes before any change."""

import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.operations import RunAgain
from turnstream.contracts.operating.usage import ReserveUsage
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.turns import ClaimedTurn, TurnStatus
from turnstream.errors import BudgetExhausted, TooManyTurns
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import Stores
from tests.support.turns import ANN, BOB, accept, finish, item, running, write
from tests.support.waiting import wait_until_async


async def answered_and_failed(client: StoreClient) -> ClaimedTurn:
    """A turn of ann's that failed behind an answer. It used 100 tokens."""
    turn = await running(client)
    await client.usage.reserve(ANN, turn.turn_id, ReserveUsage(attempt=1, key="k", tokens=100))
    used = {"key": "k", "input_tokens": 100, "reserved": "k"}
    await write(client, turn, usage=[used], items=[item("msg_answer", text="so far")])
    await finish(client, turn, TurnStatus.FAILED)
    return turn


async def has_answer(client: StoreClient, turn: ClaimedTurn) -> bool:
    page = await client.threads.items(ANN, turn.thread_id, limit=10, order="asc", after=None)
    return b"msg_answer" in page


async def test_a_tenant_that_is_full_is_full_for_its_operator_too(client: StoreClient) -> None:
    """And what is to be repeated stands as it was."""
    failed = await answered_and_failed(client)
    await client.tenants.set(DEFAULT_TENANT, TenantSettings(max_turns_per_tenant=1))

    async def is_full() -> bool:
        try:
            await accept(client, owner=BOB)
        except TooManyTurns as error:
            return error.code == "too_many_turns_of_tenant"
        return False

    await wait_until_async(is_full)
    with pytest.raises(TooManyTurns) as refused:
        await client.operations.run_again(failed.turn_id, RunAgain(turn_id=new_id("turn")))

    assert refused.value.code == "too_many_turns_of_tenant"
    assert await has_answer(client, failed)


async def test_a_repeat_spends_its_users_budget(stores: Stores) -> None:
    """Where nothing is left of it the answer is kept, which no model could give again."""
    client = await stores.start(user_daily_tokens=100)
    failed = await answered_and_failed(client)

    with pytest.raises(BudgetExhausted):
        await client.operations.run_again(failed.turn_id, RunAgain(turn_id=new_id("turn")))

    assert await has_answer(client, failed)
