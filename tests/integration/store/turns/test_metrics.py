"""What the store tells Prometheus of turns and of its connections."""

from datetime import timedelta

from prometheus_client import REGISTRY
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.turns import TurnStatus
from turnstream.metrics import OTHER, tenants
from turnstream.store_client import StoreClient
from turnstream_store.sweeper import SweeperServices
from turnstream_store.turns.duties import count_backlog
from turnstream_store.turns.takeover import AbandonedTurnCloser, requeue_expired

from tests.integration.store.conftest import Stores
from tests.support.turns import ANN, OTHER_ANN, accept, claim, finish, running, write
from tests.support.waiting import wait_until_async
from tests.support.watching.metrics import Rise

SHORT = timedelta(milliseconds=100)


def ended(status: str) -> Rise:
    """Turns that end with a status."""
    return Rise("turnstream_turns_ended_total", tenant=OTHER, status=status)


async def put_back(services: SweeperServices, client: StoreClient, turn_id: str) -> None:
    """Let a worker claim the turn and die, and have the sweeper notice."""
    expired = Rise("turnstream_leases_expired_total")
    assert await claim(client, turn_id, worker="dead", lease=SHORT) is not None

    async def noticed() -> bool:
        await requeue_expired(services)
        return expired.amount == 1

    await wait_until_async(noticed)


async def test_a_turn_is_counted_once_when_it_is_accepted_and_when_it_ends(
    client: StoreClient,
) -> None:
    """However often its command or its end is sent."""
    begun, done = Rise("turnstream_turns_accepted_total", tenant=OTHER), ended("completed")
    turn = await running(client, key="once")
    await accept(client, key="once")
    await finish(client, turn)
    await finish(client, turn)
    assert (begun.amount, done.amount) == (1, 1)


async def test_a_failed_turn_is_counted_by_its_code(client: StoreClient) -> None:
    """And among the turns that ended."""
    failed, by_code = ended("failed"), Rise("turnstream_turns_failed_total", code="refused")
    dead = Rise("turnstream_dead_letters_total", code="refused")
    error = {"code": "refused", "message": "No."}
    turn = await running(client)
    await write(client, turn, end={"status": TurnStatus.FAILED, "error": error})
    assert (failed.amount, by_code.amount, dead.amount) == (1, 1, 0)


async def test_the_wait_of_a_turn_begins_when_it_may_run(client: StoreClient) -> None:
    """And the worker learns how old its turn is, by the database's clock."""
    count, waited = (Rise(f"turnstream_queue_wait_seconds_{each}") for each in ("count", "sum"))
    turn = await running(client)
    assert count.amount == 1
    assert 0 < waited.amount < 30
    assert turn.age is not None
    assert 0 < turn.age < 30


async def test_a_recovery_begins_with_the_last_sign_of_life(
    services: SweeperServices, stores: Stores
) -> None:
    """Of the worker that died, which is when its lease began; a first attempt is no recovery."""
    client = await stores.start()
    count, seconds = (Rise(f"turnstream_recovery_seconds_{each}") for each in ("count", "sum"))
    turn_id = (await accept(client)).turn_id
    await put_back(services, client, turn_id)
    assert count.amount == 0
    assert await claim(client, turn_id, lease=SHORT) is not None
    assert count.amount == 1
    assert SHORT.total_seconds() < seconds.amount < 30


async def test_a_turn_past_its_attempts_is_counted_as_a_dead_letter(
    services: SweeperServices, stores: Stores
) -> None:
    """Though no worker ended it; how many there are is counted by the sweeper."""
    client, failed = await stores.start(), ended("failed")
    dead = Rise("turnstream_dead_letters_total", code="out_of_attempts")
    waiting = Rise("turnstream_dead_letters_waiting")
    turn_id = (await accept(client)).turn_id
    for _ in range(services.settings.max_attempts):
        await put_back(services, client, turn_id)
    await AbandonedTurnCloser()(services)
    await count_backlog(services)
    assert (failed.amount, dead.amount, waiting.amount) == (1, 1, 1)


async def test_waits_for_connections_are_told_by_pool_and_kind(client: StoreClient) -> None:
    """The hot statements have one, and sessions another."""
    name = "turnstream_database_pool_wait_seconds_count"
    hot = Rise(name, pool="tenants", kind="statements")
    session = Rise(name, pool="tenants", kind="sessions")
    turn = await running(client)
    await client.turns.show(ANN, turn.turn_id)
    assert hot.amount > 0
    assert session.amount > 0


async def test_a_tenant_that_is_named_is_counted_by_itself(
    services: SweeperServices, stores: Stores
) -> None:
    """Any other is counted with the rest: a tenant more makes no series more."""
    client = await stores.start()
    tenants.name(["acme"])
    try:
        for owner in (OTHER_ANN, ANN, ANN):
            await accept(client, owner=owner)
        await count_backlog(services)
    finally:
        tenants.name([])
    assert (queued("acme"), queued(OTHER), queued(DEFAULT_TENANT)) == (1, 2, None)


def queued(tenant: str) -> float | None:
    """Turns of a tenant that wait, as the sweeper counted them."""
    labels = {"tenant": tenant, "state": "queued"}
    return REGISTRY.get_sample_value("turnstream_backlog_turns", labels)
