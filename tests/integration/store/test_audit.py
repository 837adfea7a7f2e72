"""The audit: what an operator or a key does leaves an entry, and what is refused leaves none."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg
import pytest
from turnstream.cli.operating.webhooks import new_secret
from turnstream.contracts.identity import CreateKey, Scope, TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.imports import ImportThread
from turnstream.contracts.operating.operations import RunAgain
from turnstream.contracts.operating.privacy import Action, Actor, ActorKind
from turnstream.contracts.operating.webhooks import RotateWebhook
from turnstream.contracts.owner import Tenant
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import Forbidden, LegalHold, NotFound, UserBeingErased
from turnstream.store_client import HttpStoreClient, StoreClient
from turnstream.store_client.identity.made_keys import make_key
from turnstream.store_client.webhooks import Webhooks
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings

from tests.support.store.belongings import VICTIM, Belongings, belongings, key, schedule, webhook
from tests.support.system.services import client_of, serving
from tests.support.turns import finish, item

SHORT = timedelta(seconds=1)
SERVERS = Actor(ActorKind.KEY, "key_servers")
"""A server that asks a gateway, which asks the store."""


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


@pytest.fixture
async def url(emptied: str, redis: str, blobs_url: str) -> AsyncIterator[str]:
    """A store that goes on with no erasure: an entry keeps its name."""
    settings = StoreSettings(
        database_url=emptied, redis_url=redis, blobs_url=blobs_url, sweep_interval="1h"
    )
    async with serving(create_app(settings)) as address:
        yield address


@pytest.fixture
async def client(url: str) -> AsyncIterator[HttpStoreClient]:
    """A service of the deployment."""
    async with client_of(url) as client:
        yield client


@pytest.fixture
async def hers(client: StoreClient, emptied: str) -> Belongings:
    """Something of everything, with a dead letter."""
    hers = await belongings(client)
    await finish(client, hers.running, TurnStatus.FAILED)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("UPDATE turns SET dead = true WHERE id = $1", hers.running.turn_id)
    await connection.execute("TRUNCATE audit")
    await connection.close()
    return hers


def test_every_action_is_tested_here() -> None:
    """A new one says how it is done."""
    assert DEEDS.keys() == {*Action}


@pytest.mark.parametrize("action", [*Action])
async def test_an_action_leaves_one_entry_with_who_did_what_about_whom(
    url: str, client: StoreClient, hers: Belongings, action: Action
) -> None:
    """An operator by the key they show, or a tenant's server by the key that a gateway names."""
    made = await make_key(client, "default", frozenset({Scope.OPERATOR}))
    deed = DEEDS[action]
    by_gateway = action is Action.SESSION_CANCELLED
    async with HttpStoreClient(url, patience=SHORT, key=made.secret.get_secret_value()) as operator:
        await deed.do(client if by_gateway else operator, hers)

    entries = (await client.privacy.audit(100, action=action)).data
    actor = SERVERS.id if by_gateway else made.key.id
    [entry] = [each for each in entries if each.target != made.key.id]
    assert (entry.actor_kind, entry.actor) == (ActorKind.KEY, actor)
    assert (entry.tenant, entry.user) == (VICTIM.tenant, deed.about)
    if action is Action.USER_ERASED:
        assert entry.target == (await client.privacy.erasure(VICTIM)).id
    else:
        assert entry.target == deed.target(hers)


async def test_an_operator_with_the_internal_key_is_told_as_a_service(
    client: StoreClient, hers: Belongings
) -> None:
    """Nobody knows more of them."""
    await client.keys.revoke(None, hers.key)
    [entry] = (await client.privacy.audit(10)).data
    assert (entry.actor_kind, entry.actor, entry.target) == (ActorKind.SERVICE, "", hers.key)


async def test_what_is_refused_leaves_no_entry(
    url: str, client: StoreClient, hers: Belongings
) -> None:
    """Not what is not there, what is another's, what a hold forbids, and what a key may not do."""
    chatting = await make_key(client, "default", frozenset({Scope.CHAT}))
    await client.privacy.hold(VICTIM.tenant, None)
    told = await client.privacy.audit(100)
    theirs = Tenant("globex")

    async with HttpStoreClient(
        url, patience=SHORT, key=chatting.secret.get_secret_value()
    ) as stranger:
        for call, refusal in (
            (client.keys.revoke(None, "key_unknown"), NotFound),
            (client.keys.revoke(theirs, hers.key), NotFound),
            (client.keys.create(theirs, key(hers)), NotFound),
            (client.sessions.cancel(theirs, hers.session), NotFound),
            (client.dead_letters.requeue(hers.queued), NotFound),
            (client.operations.read(new_id("turn")), NotFound),
            (client.operations.cancel(new_id("turn")), NotFound),
            (stranger.operations.read(hers.queued), Forbidden),
            (stranger.operations.cancel(hers.queued), Forbidden),
            (client.dead_letters.requeue(new_id("turn")), NotFound),
            (client.privacy.erase(VICTIM), LegalHold),
            (client.privacy.release(*VICTIM), NotFound),
            (stranger.privacy.erase(VICTIM), Forbidden),
            (stranger.privacy.export(VICTIM), Forbidden),
            (stranger.keys.revoke(None, hers.key), Forbidden),
        ):
            with pytest.raises(refusal):
                await call
    assert await client.privacy.audit(100) == told


async def test_an_erasure_is_told_once_and_a_hold_that_is_late_not_at_all(
    client: StoreClient, hers: Belongings
) -> None:
    """The same erasure asked for again is the same."""
    for _ in range(2):
        await client.privacy.erase(VICTIM)
    with pytest.raises(UserBeingErased):
        await client.privacy.hold(*VICTIM)
    assert [each.action for each in (await client.privacy.audit(10)).data] == [Action.USER_ERASED]
