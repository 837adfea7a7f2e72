"""What tests of webhooks share: stores that send to this machine, and a look at what they sent."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    Delivery,
    DeliveryState,
    Webhook,
    WebhookEvent,
)
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import Stores
from tests.support.turns import ANN
from tests.support.waiting import wait_until_async
from tests.support.webhook_receivers import SECRET

LOCAL = {
    "webhook_allow_http": True,
    "webhook_networks": ("127.0.0.0/8",),
    "webhook_retries": ("100ms",) * 7,
    "sweep_interval": "100ms",
}
"""A store whose webhooks reach this machine, and are tried again at once."""

Start = Callable[..., Awaitable[StoreClient]]


@pytest.fixture
async def start(emptied: str, redis: str, blobs_url: str) -> AsyncIterator[Start]:
    """Starts stores that send."""
    async with AsyncExitStack() as stack:
        stores = Stores(stack, emptied, redis, blobs_url)
        yield lambda **settings: stores.start(**LOCAL | settings)


def endpoint(url: str, *events: WebhookEvent) -> CreateWebhook:
    """A webhook that is told of these events, or of all."""
    told = list(events or WebhookEvent)
    return CreateWebhook(id=new_id("whk"), url=url, events=told, secret=SECRET)


async def hooked(client: StoreClient, url: str, *events: WebhookEvent) -> Webhook:
    """A webhook of ann's tenant."""
    return await client.webhooks.create(ANN.tenant, endpoint(url, *events))


async def delivered(client: StoreClient, state: DeliveryState, count: int = 1) -> list[Delivery]:
    """Deliveries in a state, as soon as there are so many."""
    found: list[Delivery] = []

    async def enough() -> bool:
        found[:] = await client.webhooks.deliveries(state=state)
        return len(found) == count

    await wait_until_async(enough, message=f"not {count} {state}")
    return found
