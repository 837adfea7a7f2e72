"""What an operator or a key does that the audit tells: one example of each action."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from turnstream.cli.operating.webhooks import new_secret
from turnstream.contracts.identity import CreateKey, Scope, TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.imports import ImportThread
from turnstream.contracts.operating.operations import RunAgain
from turnstream.contracts.operating.privacy import Action, Actor, ActorKind
from turnstream.contracts.operating.webhooks import RotateWebhook
from turnstream.contracts.owner import Tenant
from turnstream.contracts.turns import TurnStatus
from turnstream.store_client import StoreClient
from turnstream.store_client.webhooks import Webhooks

from tests.support.store.belongings import VICTIM, Belongings, belongings, schedule, webhook
from tests.support.turns import item, write

SERVERS = Actor(ActorKind.KEY, "key_servers")
"""A server that asks a gateway, which asks the store."""


async def with_a_dead_letter(client: StoreClient) -> Belongings:
    """Something of everything, and the running turn is a dead letter."""
    hers = await belongings(client)
    await write(client, hers.running, end={"status": TurnStatus.FAILED, "dead": True})
    return hers


class Deed(NamedTuple):
    """Something that is done, and the id of what it was done to."""

    do: Callable[[StoreClient, Belongings], Awaitable[object]]
    target: Callable[[Belongings], str] = lambda _: ""
    about: str | None = VICTIM.user


async def cancel(client: StoreClient, hers: Belongings) -> None:
    await client.sessions.cancel(VICTIM.tenant, hers.session, SERVERS)


async def export(client: StoreClient, _: Belongings) -> None:
    assert [piece async for piece in await client.privacy.export(VICTIM)]


async def run_again(client: StoreClient, hers: Belongings) -> None:
    await client.operations.cancel(hers.queued)
    await client.operations.run_again(hers.running.turn_id, RunAgain(turn_id=new_id("turn")))


async def release(client: StoreClient, _: Belongings) -> None:
    await client.privacy.hold(*VICTIM)
    await client.privacy.release(*VICTIM)


async def enable(hooks: Webhooks, hers: str) -> None:
    await hooks.disable(None, hers)
    await hooks.enable(None, hers)


async def resume(client: StoreClient, hers: Belongings) -> None:
    await client.schedules.pause(VICTIM, hers.schedule)
    await client.schedules.resume(VICTIM, hers.schedule)


def of_webhook(do: Callable[[Webhooks, str], Awaitable[object]]) -> Deed:
    """Something that is done to a webhook of the tenant's."""
    return Deed(
        lambda client, hers: do(client.webhooks, hers.webhook), lambda hers: hers.webhook, None
    )


OTHERS_KEY, OTHERS_WEBHOOK = "key_new", "whk_new"
IMPORTED = ImportThread(
    thread_id="cthr_1", created_at=datetime(2025, 3, 1, tzinfo=UTC), items=[item("cthi_1")]
)
DEEDS: Mapping[Action, Deed] = {
    Action.KEY_CREATED: Deed(
        lambda client, _: client.keys.create(Tenant(VICTIM.tenant), new_key(OTHERS_KEY)),
        lambda _: OTHERS_KEY,
        None,
    ),
    Action.KEY_REVOKED: Deed(
        lambda client, hers: client.keys.revoke(None, hers.key), lambda hers: hers.key, None
    ),
    Action.SESSION_CANCELLED: Deed(cancel, lambda hers: hers.session),
    Action.TENANT_SET: Deed(
        lambda client, _: client.tenants.set(VICTIM.tenant, TenantSettings(rate_turns="off")),
        about=None,
    ),
    Action.TURN_REQUEUED: Deed(
        lambda client, hers: client.dead_letters.requeue(hers.running.turn_id),
        lambda hers: hers.running.turn_id,
    ),
    Action.TURN_RECORDED: Deed(
        lambda client, hers: client.recordings.of_turn(hers.running.turn_id),
        lambda hers: hers.running.turn_id,
    ),
    Action.TURN_READ: Deed(
        lambda client, hers: client.operations.read(hers.running.turn_id),
        lambda hers: hers.running.turn_id,
    ),
    Action.TURN_CANCELLED: Deed(
        lambda client, hers: client.operations.cancel(hers.queued), lambda hers: hers.queued
    ),
    Action.TURN_RERUN: Deed(run_again, lambda hers: hers.running.turn_id),
    Action.USER_ERASED: Deed(lambda client, _: client.privacy.erase(VICTIM)),
    Action.USER_EXPORTED: Deed(export),
    Action.THREAD_IMPORTED: Deed(
        lambda client, _: client.imports.thread(VICTIM, IMPORTED), lambda _: IMPORTED.thread_id
    ),
    Action.WEBHOOK_CREATED: Deed(
        lambda client, _: client.webhooks.create(VICTIM.tenant, webhook(OTHERS_WEBHOOK)),
        lambda _: OTHERS_WEBHOOK,
        None,
    ),
    Action.WEBHOOK_ROTATED: of_webhook(
        lambda hooks, hers: hooks.rotate(None, hers, RotateWebhook(secret=new_secret()))
    ),
    Action.WEBHOOK_DISABLED: of_webhook(lambda hooks, hers: hooks.disable(None, hers)),
    Action.WEBHOOK_ENABLED: of_webhook(enable),
    Action.WEBHOOK_DELETED: of_webhook(lambda hooks, hers: hooks.delete(None, hers)),
    Action.WEBHOOK_RETRIED: of_webhook(lambda hooks, hers: hooks.retry(None, hers)),
    Action.SCHEDULE_CREATED: Deed(
        lambda client, _: client.schedules.create(VICTIM, schedule("sch_new")), lambda _: "sch_new"
    ),
    Action.SCHEDULE_PAUSED: Deed(
        lambda client, hers: client.schedules.pause(VICTIM, hers.schedule),
        lambda hers: hers.schedule,
    ),
    Action.SCHEDULE_RESUMED: Deed(resume, lambda hers: hers.schedule),
    Action.SCHEDULE_DELETED: Deed(
        lambda client, hers: client.schedules.delete(VICTIM, hers.schedule),
        lambda hers: hers.schedule,
    ),
    Action.HOLD_PLACED: Deed(lambda client, _: client.privacy.hold(*VICTIM)),
    Action.HOLD_RELEASED: Deed(release),
}


def new_key(key_id: str) -> CreateKey:
    """A key that nobody has yet."""
    return CreateKey(id=key_id, digest="b" * 64, scopes=frozenset({Scope.CHAT}))
