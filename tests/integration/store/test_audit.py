"""The audit: what an operator or a key does leaves an entry, and what is refused leaves none."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from turnstream.contracts.identity import Scope
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Action, ActorKind
from turnstream.contracts.owner import Tenant
from turnstream.errors import Forbidden, LegalHold, NotFound, UserBeingErased
from turnstream.store_client import HttpStoreClient, StoreClient
from turnstream.store_client.identity.made_keys import make_key
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings

from tests.support.store.belongings import VICTIM, Belongings, key
from tests.support.store.deeds import DEEDS, SERVERS, with_a_dead_letter
from tests.support.system.services import client_of, serving

SHORT = timedelta(seconds=1)


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
    """Something of everything, with a dead letter, of which the audit tells nothing yet."""
    hers = await with_a_dead_letter(client)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
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
    async with HttpStoreClient(
        url, retry_timeout=SHORT, key=made.secret.get_secret_value()
    ) as operator:
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
        url, retry_timeout=SHORT, key=chatting.secret.get_secret_value()
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
