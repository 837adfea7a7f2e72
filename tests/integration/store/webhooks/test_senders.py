"""Who sends: a slow endpoint beside a quick one, two stores at a time, a store that dies."""

from datetime import timedelta

from turnstream.contracts.operating.webhooks import DeliveryState
from turnstream_store.database.pools import Database
from turnstream_store.webhooks import deliveries_sql as deliveries
from turnstream_store.webhooks.deliveries_sql import DeliveryBounds

from tests.integration.store.conftest import Stores
from tests.integration.store.webhooks.hooked import LOCAL, Start, delivered, hooked, start
from tests.support.turns import ANN, finish, running
from tests.support.waiting import wait_until_async
from tests.support.webhook_receivers import after, receiver

__all__ = ["start"]


async def test_an_endpoint_that_hangs_holds_up_nobody_else(start: Start) -> None:
    """It has as many places as one endpoint may, and its tries end."""
    client = await start(webhook_timeout="1s", webhook_concurrency_per_endpoint=2)
    async with receiver(after(30)) as slow, receiver() as quick:
        await hooked(client, slow.url)
        await hooked(client, quick.url)
        for _ in range(6):
            await finish(client, await running(client))
        await wait_until_async(lambda: len(quick.received) == 6)
        waiting = [each for each in await client.webhooks.deliveries() if each.state != "delivered"]
        assert len(waiting) == 6
        await wait_until_async(lambda: len(slow.received) > 2)
        assert slow.at_once == 2


async def test_two_stores_send_each_event_once(start: Start) -> None:
    """Each claims what the other has not; together they keep the bound of an endpoint."""
    client = await start(webhook_concurrency_per_endpoint=3)
    await start(webhook_concurrency_per_endpoint=3)
    async with receiver(after(0.02)) as hooks:
        await hooked(client, hooks.url)
        for _ in range(25):
            await finish(client, await running(client))
        await delivered(client, DeliveryState.DELIVERED, 25)
    assert len(hooks.ids) == len(set(hooks.ids)) == 25
    assert hooks.at_once <= 3


async def test_a_store_that_dies_with_a_delivery_leaves_it_to_another(
    start: Start, stores: Stores, database: Database
) -> None:
    """What it had claimed is sent when the lease ends, under the same id; what it says later of its
    own try counts no more.
    """
    async with receiver() as hooks:
        quiet = await stores.start(**LOCAL | {"sweep_interval": "1h"})
        await hooked(quiet, hooks.url)
        await finish(quiet, await running(quiet))
        bounds = DeliveryBounds(of_endpoint=4, now=4, lease=timedelta(milliseconds=300))
        async with database.all_tenants().transaction() as connection:
            [claimed] = await deliveries.claim(connection, bounds)

        client = await start()
        [delivery] = await delivered(client, DeliveryState.DELIVERED)
        async with database.of(ANN.tenant).connection() as connection:
            late = deliveries.Failure(500, "too late")
            assert not await deliveries.note_failed(connection, claimed, late, None)
    assert (hooks.ids, delivery.tries) == ([claimed.event_id], 2)
