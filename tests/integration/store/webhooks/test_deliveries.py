"""Webhooks between a store and a receiver: what is told, how often, and what comes of failures."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from standardwebhooks import WebhookVerificationError
from turnstream.cli.operating.webhooks import new_secret
from turnstream.contracts.approvals import PauseRun, WaitingCall
from turnstream.contracts.operating.privacy import Action
from turnstream.contracts.operating.webhooks import (
    DeliveryState,
    RotateWebhook,
    WebhookEvent,
)
from turnstream.contracts.turns import CancelReason, TurnStatus
from turnstream.errors import Fenced, NotFound, Unprocessable
from turnstream.store_client import StoreClient
from turnstream_store.settings import StoreSettings

from tests.integration.store.conftest import Stores
from tests.integration.store.webhooks.hooked import LOCAL, Start, delivered, endpoint, hooked, start
from tests.support.turns import ANN, OTHER_ANN, accept, finish, item, running, write
from tests.support.waiting import wait_until_async
from tests.support.webhook_receivers import (
    SECRET,
    one_by_one,
    receiver,
    status,
)


async def test_the_end_of_a_turn_is_told_with_ids_alone_and_signed(start: Start) -> None:
    """The reference library takes the signature; nothing that anybody said is in the request."""
    client = await start()
    async with receiver() as hooks:
        webhook = await hooked(client, hooks.url)
        turn = await running(client)
        await write(client, turn, items=[item("msg_1", text="a secret of ann's")])
        await finish(client, turn)
        [delivery] = await delivered(client, DeliveryState.DELIVERED)

    [request] = hooks.received
    assert request.verified() == {
        "type": "turn.completed",
        "timestamp": request.event["timestamp"],
        "data": {
            "tenant": "default",
            "user": "ann",
            "thread_id": turn.thread_id,
            "turn_id": turn.turn_id,
            "attempt": 1,
        },
    }
    assert request.event_id == delivery.event_id
    assert (delivery.webhook_id, delivery.tries, delivery.last_status) == (webhook.id, 1, 200)
    with pytest.raises(WebhookVerificationError):
        request.verified(new_secret())


async def failed(client: StoreClient) -> str:
    turn = await running(client)
    error = {"code": "model_refused", "message": "what a user is shown"}
    await write(client, turn, end={"status": TurnStatus.FAILED, "error": error})
    return turn.turn_id


async def stopped(client: StoreClient) -> str:
    turn_id = (await accept(client)).turn_id
    await client.turns.cancel(ANN, turn_id, CancelReason.STOP)
    return turn_id


async def asks_for_a_tool(client: StoreClient) -> str:
    """The call is written before the end, and once more with it."""
    turn = await running(client)
    call = item("tc_1", "client_tool_call", status="pending", name="switch_theme")
    await write(client, turn, items=[call])
    await write(client, turn, items=[call], end={"status": "completed"})
    return turn.turn_id


async def asks_for_an_approval(client: StoreClient) -> str:
    turn = await running(client)
    await write(client, turn, items=[item("card_1", "widget")])
    waiting = WaitingCall(call_id="c", tool="t", arguments="{}", item_id="card_1")
    pause = PauseRun(attempt=turn.attempt, state="{}", calls=[waiting])
    await client.paused_runs.pause(ANN, turn.turn_id, pause)
    await finish(client, turn)
    return turn.turn_id


async def has_its_tool_output(client: StoreClient) -> str:
    turn = await running(client)
    await write(client, turn, items=[item("tc_1", "client_tool_call", status="pending")])
    done = item("tc_1", "client_tool_call", status="completed")
    await write(client, turn, items=[done], end={"status": "completed"})
    return turn.turn_id


__all__ = ["start"]

ENDS: list[tuple[Callable[[StoreClient], Awaitable[str]], WebhookEvent, dict[str, Any]]] = [
    (failed, WebhookEvent.FAILED, {"attempt": 1, "error_code": "model_refused"}),
    (stopped, WebhookEvent.CANCELLED, {"attempt": 0}),
    (
        asks_for_a_tool,
        WebhookEvent.ACTION_REQUIRED,
        {
            "attempt": 1,
            "required_actions": [{"request": "threads.add_client_tool_output", "item_id": "tc_1"}],
        },
    ),
    (
        asks_for_an_approval,
        WebhookEvent.ACTION_REQUIRED,
        {
            "attempt": 1,
            "required_actions": [{"request": "threads.custom_action", "item_id": "card_1"}],
        },
    ),
    (has_its_tool_output, WebhookEvent.COMPLETED, {"attempt": 1}),
]


@pytest.mark.parametrize(("end", "event", "told"), ENDS, ids=[each.__name__ for each, *_ in ENDS])
async def test_an_end_is_told_by_its_name(
    start: Start,
    end: Callable[[StoreClient], Awaitable[str]],
    event: WebhookEvent,
    told: dict[str, Any],
) -> None:
    """With the code of a failure, and with what the thread waits for."""
    client = await start()
    async with receiver() as hooks:
        await hooked(client, hooks.url)
        turn_id = await end(client)
        await delivered(client, DeliveryState.DELIVERED)

    [request] = hooks.received
    data = request.verified()["data"]
    assert request.event["type"] == event
    assert data.pop("turn_id") == turn_id
    for name in ("tenant", "user", "thread_id"):
        del data[name]
    assert data == told


async def test_who_did_not_ask_is_not_told(start: Start) -> None:
    """Not of other events, not of another tenant's turns, and not while it is disabled."""
    client = await start()
    async with receiver() as hooks, receiver() as theirs:
        await hooked(client, hooks.url, WebhookEvent.FAILED)
        await client.webhooks.create(OTHER_ANN.tenant, endpoint(theirs.url))
        off = await hooked(client, hooks.url + "/off")
        await client.webhooks.disable(None, off.id)
        await finish(client, await running(client))
        await finish(client, await running(client, owner=OTHER_ANN))
        await delivered(client, DeliveryState.DELIVERED)
        assert len(await client.webhooks.deliveries()) == 1
    assert (len(hooks.received), len(theirs.received)) == (0, 1)


async def test_what_fails_is_sent_again_under_its_id(start: Start) -> None:
    """Byte for byte, with a signature of its own time. A redirect is a failure, not followed."""
    client = await start()
    async with receiver() as elsewhere:
        answers = one_by_one(status(500), status(307, Location=elsewhere.url), status(204))
        async with receiver(answers) as hooks:
            await hooked(client, hooks.url)
            await finish(client, await running(client))
            [delivery] = await delivered(client, DeliveryState.DELIVERED)

    assert len(set(hooks.ids)) == 1
    assert len({each.body for each in hooks.received}) == 1
    assert all(each.verified() for each in hooks.received)
    assert (delivery.tries, elsewhere.received) == (3, [])


async def test_what_never_arrives_becomes_a_dead_letter_that_can_be_sent_again(
    start: Start,
) -> None:
    """With its tries given back, under the same id."""
    client = await start(webhook_retries="50ms,50ms")
    async with receiver(status(503)) as hooks:
        webhook = await hooked(client, hooks.url)
        await finish(client, await running(client))
        [letter] = await delivered(client, DeliveryState.DEAD)
        assert (letter.tries, letter.last_status) == (3, 503)
        assert letter.last_error == "it answered 503"
        [found] = await client.webhooks.newest()
        assert found.failing_since is not None
        assert found.disabled_at is None

        hooks.answer = status(200)
        assert (await client.webhooks.retry(None, webhook.id, letter.event_id)).count == 1
        await delivered(client, DeliveryState.DELIVERED)
        [found] = await client.webhooks.newest()
    assert hooks.ids == [letter.event_id] * 4
    assert found.failing_since is None


async def test_an_endpoint_at_which_nothing_arrives_is_disabled(start: Start) -> None:
    """The audit tells it, and what was on its way can be sent again."""
    client = await start(webhook_retries="50ms", webhook_disable_after="10ms")
    async with receiver(status(500)) as hooks:
        webhook = await hooked(client, hooks.url)
        await finish(client, await running(client))
        await delivered(client, DeliveryState.DEAD)

        async def is_disabled() -> bool:
            [found] = await client.webhooks.newest()
            return found.disabled_why == "failing"

        await wait_until_async(is_disabled)
    [entry] = (await client.privacy.audit(10, action=Action.WEBHOOK_DISABLED)).data
    assert (entry.target, entry.detail) == (webhook.id, {"why": "failing"})
    with pytest.raises(Unprocessable, match="enable"):
        await client.webhooks.retry(None, webhook.id)


async def test_an_endpoint_that_is_gone_is_disabled_at_once(start: Start) -> None:
    """410 says that it wants nothing any more."""
    client = await start()
    async with receiver(status(410)) as hooks:
        await hooked(client, hooks.url)
        await finish(client, await running(client))
        await delivered(client, DeliveryState.DEAD)

        async def is_disabled() -> bool:
            [found] = await client.webhooks.newest()
            return found.disabled_why == "gone"

        await wait_until_async(is_disabled)
    assert len(hooks.received) == 1


async def test_a_rotated_secret_signs_beside_the_one_before(start: Start) -> None:
    """So that a receiver may change it within a day; twice the same rotation is one."""
    client, fresh = await start(), new_secret()
    async with receiver() as hooks:
        webhook = await hooked(client, hooks.url)
        for _ in range(2):
            await client.webhooks.rotate(None, webhook.id, RotateWebhook(secret=fresh))
        await finish(client, await running(client))
        await delivered(client, DeliveryState.DELIVERED)
    [request] = hooks.received
    assert request.verified() == request.verified(fresh)


async def test_secrets_are_sealed_in_the_database(start: Start, other: asyncpg.Connection) -> None:
    """Anyone who reads it can sign nothing."""
    client = await start()
    webhook = await hooked(client, "https://example.com/hooks")
    await client.webhooks.rotate(None, webhook.id, RotateWebhook(secret=new_secret()))
    [row] = await other.fetch("SELECT * FROM webhooks")
    assert SECRET.removeprefix("whsec_") not in str(dict(row))
    assert "whsec_" not in str(dict(row))


async def test_an_address_inside_is_not_reached_by_a_name(start: Start) -> None:
    """A name is looked at when it is connected to, whatever it meant when the webhook was made."""
    client = await start(webhook_networks="", webhook_retries="50ms")
    async with receiver() as hooks:
        with pytest.raises(Unprocessable):
            await hooked(client, hooks.url)
        await hooked(client, hooks.url.replace("127.0.0.1", "localhost"))
        await finish(client, await running(client))
        [letter] = await delivered(client, DeliveryState.DEAD)
    assert hooks.received == []
    assert "no address that a webhook may reach" in (letter.last_error or "")


async def test_an_end_that_is_refused_tells_nobody(start: Start) -> None:
    """A superseded attempt ends nothing; an end that is repeated is one event."""
    client = await start()
    async with receiver() as hooks:
        await hooked(client, hooks.url)
        turn = await running(client)
        for _ in range(2):
            await finish(client, turn)
        with pytest.raises(Fenced):
            await write(client, turn.model_copy(update={"attempt": 9}), end={"status": "failed"})
        await delivered(client, DeliveryState.DELIVERED)
        assert len(await client.webhooks.deliveries()) == 1


async def test_a_deleted_thread_does_not_take_its_event_along(start: Start, stores: Stores) -> None:
    """The outbox belongs to the endpoint; an erased user leaves nothing in it."""
    client = await stores.start(**LOCAL | {"sweep_interval": "1h"})
    await hooked(client, "https://example.com/hooks")
    turn = await running(client)
    await finish(client, turn)
    await client.threads.delete(ANN, turn.thread_id)
    assert len(await client.webhooks.deliveries()) == 1
    await client.privacy.erase(ANN)
    await delivered(client, DeliveryState.WAITING, 0)


async def test_a_tenant_has_so_many_webhooks(start: Start) -> None:
    """Also when they are made at the same time; one that is deleted makes room."""
    client = await start(max_webhooks_per_tenant=2)
    first = await hooked(client, "https://example.com/1")
    await hooked(client, "https://example.com/2")
    with pytest.raises(Unprocessable, match="At most 2"):
        await hooked(client, "https://example.com/3")
    await client.webhooks.delete(None, first.id)
    await hooked(client, "https://example.com/3")
    with pytest.raises(NotFound):
        await client.webhooks.enable(None, first.id)


async def test_without_keys_there_are_no_webhooks(emptied: str, stores: Stores) -> None:
    """The store says which setting is missing."""
    client = await stores.start(webhook_keys=None)
    assert StoreSettings(database_url=emptied, webhook_keys=None).webhook_keys is None
    with pytest.raises(Unprocessable, match="WEBHOOK_KEYS"):
        await hooked(client, "https://example.com/hooks")
