"""Tenants and their users take turns, and nobody has more than their share."""

from collections import Counter

from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ClaimedTurn
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import accept, claim_next, finish, message, running

ANN, BOB, ELSEWHERE = Owner("acme", "ann"), Owner("acme", "bob"), Owner("globex", "ann")


async def served(client: StoreClient, count: int) -> list[Owner]:
    """Whose the next turns are, one after another."""
    owners = []
    for _ in range(count):
        turn = await claimed(client)
        await finish(client, turn)
        owners.append(turn.context.owner)
    return owners


async def claimed(client: StoreClient) -> ClaimedTurn:
    """The turn whose turn it is."""
    turn = await claim_next(client)
    assert turn is not None
    return turn


async def test_a_users_one_message_is_not_behind_all_of_a_neighbours(client: StoreClient) -> None:
    """Nor behind those of another tenant."""
    for owner in (ANN, ANN, ANN, BOB, ELSEWHERE):
        await accept(client, owner=owner)

    assert {*await served(client, 3)} == {ANN, BOB, ELSEWHERE}
    assert await served(client, 2) == [ANN, ANN]
    assert await claim_next(client) is None


async def test_a_tenant_is_served_by_its_share(client: StoreClient) -> None:
    """One with three has three turns for each of a tenant with one."""
    await client.tenants.set(ANN.tenant, TenantSettings(tenant_share=3))
    for number in range(6):
        for tenant in (ANN.tenant, ELSEWHERE.tenant):
            await accept(client, owner=Owner(tenant, f"user{number}"))

    tenants = [owner.tenant for owner in await served(client, 8)]

    assert Counter(tenants[:4]) == Counter(tenants[4:]) == {"acme": 3, "globex": 1}


async def test_so_many_of_a_users_turns_run_and_the_rest_wait(store_with: StoreWith) -> None:
    """So do those of one session."""
    limits = Limits(max_running_turns_per_user=2, max_running_turns_per_session=1)
    async with store_with(limits) as client:
        for session in ("one", "one", "two", "three"):
            await accept(client, message(session), owner=ANN, session=session)
        first, second = await claimed(client), await claimed(client)
        assert [each.context.session_id for each in (first, second)] == ["one", "two"]
        assert await claim_next(client) is None

        await finish(client, second)

        assert (await claimed(client)).context.session_id == "three"


async def test_a_tenants_own_numbers_count_in_place_of_the_deployments(client: StoreClient) -> None:
    """Of turns that run as of others."""
    await client.tenants.set(ANN.tenant, TenantSettings(max_running_turns_per_user=1))
    await running(client, owner=ANN)
    await accept(client, owner=ANN)
    await accept(client, owner=ELSEWHERE)

    assert (await claimed(client)).context.owner == ELSEWHERE
    assert await claim_next(client) is None
