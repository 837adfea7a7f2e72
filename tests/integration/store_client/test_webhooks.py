"""Webhooks as an operator makes and changes them, and what they would be told."""

import pytest
from turnstream.cli.operating.webhooks import new_secret
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Action
from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveryState,
    RotateWebhook,
    WebhookEvent,
)
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.store.belongings import HOOK_SECRET
from tests.support.turns import ANN, OTHER_ANN, finish, item, running, write

URL = "https://hooks.invalid/turns"


def command(*events: WebhookEvent) -> CreateWebhook:
    told = list(events or WebhookEvent)
    return CreateWebhook(id=new_id("whk"), url=URL, events=told, secret=HOOK_SECRET)


async def test_a_webhook_is_made_once_for_its_id(client: StoreClient) -> None:
    """The same call again finds it; the same id with another URL or tenant is not found."""
    asked = command()
    made = await client.webhooks.create(ANN.tenant, asked)
    assert await client.webhooks.create(ANN.tenant, asked) == made
    with pytest.raises(NotFound):
        await client.webhooks.create(OTHER_ANN.tenant, asked)
    with pytest.raises(NotFound):
        await client.webhooks.create(ANN.tenant, asked.model_copy(update={"url": URL + "/2"}))
    assert [each.id for each in await client.webhooks.newest()] == [asked.id]
    assert await client.webhooks.newest(OTHER_ANN.tenant) == []


async def test_what_is_no_webhook_of_the_tenants_is_not_found(client: StoreClient) -> None:
    """Whatever is asked of it."""
    made = await client.webhooks.create(ANN.tenant, command())
    hooks, theirs = client.webhooks, OTHER_ANN.tenant
    for call in (
        hooks.rotate(theirs, made.id, RotateWebhook(secret=HOOK_SECRET)),
        hooks.disable(theirs, made.id),
        hooks.enable(theirs, made.id),
        hooks.delete(theirs, made.id),
        hooks.retry(theirs, made.id),
        hooks.retry(None, made.id, "evt_unknown"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_disabled_webhook_is_told_nothing_until_it_is_enabled(client: StoreClient) -> None:
    """Both may be said twice."""
    made = await client.webhooks.create(ANN.tenant, command())
    for _ in range(2):
        off = await client.webhooks.disable(None, made.id)
    assert off.disabled_why == "operator"
    with pytest.raises(Unprocessable):
        await client.webhooks.retry(None, made.id)
    for _ in range(2):
        on = await client.webhooks.enable(None, made.id)
    assert (on.disabled_at, on.disabled_why) == (None, None)
    assert (await client.webhooks.retry(None, made.id)).count == 0
    await client.webhooks.delete(None, made.id)
    assert await client.webhooks.newest() == []


async def test_what_is_on_its_way_to_a_disabled_webhook_is_a_dead_letter(
    client: StoreClient,
) -> None:
    """Until it is retried. What happens while it is disabled is never told."""
    made = await client.webhooks.create(ANN.tenant, command())
    await finish(client, await running(client))
    [told] = await client.webhooks.deliveries(webhook_id=made.id)
    await client.webhooks.disable(None, made.id)
    await finish(client, await running(client))
    [dead] = await client.webhooks.deliveries(state=DeliveryState.DEAD)
    assert dead.event_id == told.event_id
    await client.webhooks.enable(None, made.id)
    assert len(await client.webhooks.deliveries()) == 1

    assert (await client.webhooks.retry(None, made.id, dead.event_id)).count == 1

    assert (await client.webhooks.retry(None, made.id)).count == 0
    assert await client.webhooks.deliveries(state=DeliveryState.DEAD) == []
    await finish(client, await running(client))
    assert len(await client.webhooks.deliveries()) == 2


async def test_an_endpoints_secret_is_changed(client: StoreClient) -> None:
    """Again with the same it changes nothing; then the endpoint is made under the new one alone."""
    asked = command()
    made = await client.webhooks.create(ANN.tenant, asked)
    secret = new_secret()
    for _ in range(2):
        assert await client.webhooks.rotate(ANN.tenant, made.id, RotateWebhook(secret=secret))
    told = await client.privacy.audit(9, action=Action.WEBHOOK_ROTATED)
    assert [entry.target for entry in told.data] == [made.id]

    with pytest.raises(NotFound):
        await client.webhooks.create(ANN.tenant, asked)
    rotated = asked.model_copy(update={"secret": secret})
    assert (await client.webhooks.create(ANN.tenant, rotated)).id == made.id


async def test_a_tenant_has_so_many_webhooks(store_with: StoreWith) -> None:
    """Others have theirs; one that is deleted makes room."""
    async with store_with(Limits(max_webhooks_per_tenant=1, webhook_allow_http=True)) as client:
        plain = command().model_copy(update={"url": "http://hooks.invalid/"})
        made = await client.webhooks.create(ANN.tenant, plain)
        with pytest.raises(Unprocessable, match="At most 1"):
            await client.webhooks.create(ANN.tenant, command())
        await client.webhooks.create(OTHER_ANN.tenant, command())
        await client.webhooks.delete(None, made.id)
        await client.webhooks.create(ANN.tenant, command())


async def test_a_plain_address_is_refused(client: StoreClient) -> None:
    """Unless the store is told otherwise."""
    plain = command().model_copy(update={"url": "http://hooks.invalid/"})
    with pytest.raises(Unprocessable, match="https"):
        await client.webhooks.create(ANN.tenant, plain)


async def test_each_end_is_told_to_who_asked_for_it(client: StoreClient) -> None:
    """By the name of the end, with the ids of turn and thread."""
    await client.webhooks.create(ANN.tenant, command(WebhookEvent.ACTION_REQUIRED))
    every = await client.webhooks.create(ANN.tenant, command())
    await finish(client, await running(client), TurnStatus.FAILED)
    turn = await running(client)
    call = item("tc_1", "client_tool_call", status="pending")
    await write(client, turn, items=[call], end={"status": "completed"})
    await finish(client, await running(client, owner=OTHER_ANN))

    told = await client.webhooks.deliveries(ANN.tenant, every.id)
    assert [each.event for each in told] == ["turn.action_required", "turn.failed"]
    assert (told[0].turn_id, told[0].thread_id, told[0].user) == (
        turn.turn_id,
        turn.thread_id,
        "ann",
    )
    assert told[0].event_id == f"evt_{turn.turn_id.removeprefix('turn_')}_1"
    assert len(await client.webhooks.deliveries()) == 3
    assert await client.webhooks.deliveries(state=DeliveryState.DEAD) == []
    assert len(await client.webhooks.deliveries(limit=1)) == 1
