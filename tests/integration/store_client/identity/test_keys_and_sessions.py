"""Keys, sessions and tenants: what a store promises of them, over HTTP and in memory.

All tests ask one store, each with names of its own: starting one takes longer than they do.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from turnstream.contracts.identity import (
    CreateKey,
    CreateSession,
    Scope,
    Session,
    SessionConfiguration,
    SessionStatus,
    SessionWorkflow,
    TenantSettings,
)
from turnstream.contracts.ids import new_id
from turnstream.errors import NotFound
from turnstream.secrets.issued import KEY_PREFIX, SESSION_PREFIX, digest, new_secret
from turnstream.store_client import StoreClient
from turnstream.testing import MemoryStore

from tests.support.system.services import running_store

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCOPES = frozenset({Scope.SESSIONS_WRITE, Scope.THREADS_READ})


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["http", "memory"])
async def client(
    request: pytest.FixtureRequest,
    migrated: str,
    redis: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[StoreClient]:
    if request.param == "memory":
        yield MemoryStore()
        return
    blobs = f"file:{tmp_path_factory.mktemp('blobs')}"
    async with running_store(migrated, redis, blobs_url=blobs) as store:
        yield store


@pytest.fixture
def acme() -> str:
    return new_id("acme")


@pytest.fixture
def other() -> str:
    return new_id("other")


def key_command(**fields: Any) -> CreateKey:
    told = {"id": new_id("key"), "digest": digest(new_secret(KEY_PREFIX)), "scopes": SCOPES}
    return CreateKey(**told | fields)


def session_command(**fields: Any) -> CreateSession:
    told = {
        "id": new_id("cksess"),
        "digest": digest(new_secret(SESSION_PREFIX)),
        "user": "ann",
        "workflow": SessionWorkflow(id="wf_1"),
    }
    return CreateSession(**told | fields)


async def found(client: StoreClient, command: CreateSession) -> Session:
    session = await client.sessions.find(command.digest)
    assert session is not None
    return session


class TestKeys:
    """Server keys."""

    async def test_a_key_is_found_by_the_digest_of_its_secret(
        self, client: StoreClient, acme: str
    ) -> None:
        """With its tenant and its scopes, which anyone who holds the secret need not say."""
        command = key_command(name="shop")
        await client.keys.create(acme, command)

        key = await client.keys.find(command.digest)

        assert key is not None
        assert (key.id, key.tenant, key.name, key.scopes) == (command.id, acme, "shop", SCOPES)
        assert key.valid
        assert key.expires_in is None
        assert await client.keys.find(digest("of nothing")) is None

    async def test_making_a_key_again_is_the_same_key(
        self, client: StoreClient, acme: str, other: str
    ) -> None:
        """A lost answer may be asked for again; the id with another secret is no way in."""
        command = key_command()
        first = await client.keys.create(acme, command)

        assert await client.keys.create(acme, command) == first
        taken = key_command(id=command.id)
        with pytest.raises(NotFound):
            await client.keys.create(acme, taken)
        with pytest.raises(NotFound):
            await client.keys.create(other, command)

    async def test_a_key_expires_by_itself(self, client: StoreClient, acme: str) -> None:
        """It is still found, so that it is refused by the right name."""
        short = key_command(expires_after=timedelta(0))
        await client.keys.create(acme, short)

        key = await client.keys.find(short.digest)

        assert key is not None
        assert not key.valid

    async def test_the_use_of_a_key_is_noted_once_a_minute(
        self, client: StoreClient, acme: str
    ) -> None:
        """The first use counts at once, and the next ones within the minute write nothing."""
        command = key_command()
        made = await client.keys.create(acme, command)
        assert made.last_used_at is None

        await client.keys.find(command.digest)
        (first,) = await client.keys.newest(acme)
        await client.keys.find(command.digest)
        (second,) = await client.keys.newest(acme)

        assert first.last_used_at is not None
        assert second.last_used_at == first.last_used_at

    async def test_a_revoked_key_stays_revoked(self, client: StoreClient, acme: str) -> None:
        """It is found and not valid; revoking it again keeps the first moment."""
        command = key_command()
        await client.keys.create(acme, command)

        first = await client.keys.revoke(acme, command.id)
        again = await client.keys.revoke(None, command.id)

        key = await client.keys.find(command.digest)
        assert key is not None
        assert not key.valid
        assert key.revoked_at == first.revoked_at == again.revoked_at

    async def test_the_keys_of_a_tenant_are_its_own(
        self, client: StoreClient, acme: str, other: str
    ) -> None:
        """Another tenant neither sees nor revokes them; an operator does both."""
        ours = await client.keys.create(acme, key_command())
        theirs = await client.keys.create(other, key_command())

        assert [key.id for key in await client.keys.newest(other)] == [theirs.id]
        assert [key.id for key in await client.keys.newest(limit=2)] == [theirs.id, ours.id]
        with pytest.raises(NotFound):
            await client.keys.revoke(other, ours.id)


class TestSessions:
    """Sessions."""

    async def test_a_session_is_what_it_was_made_with(self, client: StoreClient, acme: str) -> None:
        """All of it comes back: an assistant and the gateways need it."""
        workflow = SessionWorkflow(
            id="wf_1", version="3", state_variables={"plan": "pro", "n": 2, "x": 1.5, "beta": True}
        )
        configuration = SessionConfiguration(uploads=True, max_file_size=5, recent_threads=3)
        command = session_command(
            workflow=workflow, configuration=configuration, requests_per_minute=99, key_id="key_9"
        )

        made = await client.sessions.create(acme, command)

        session = await found(client, command)
        assert session.status is SessionStatus.ACTIVE
        assert (session.tenant, session.user, session.key_id) == (acme, "ann", "key_9")
        assert (session.workflow, session.configuration) == (workflow, configuration)
        assert session.requests_per_minute == 99
        assert session.expires_at - session.created_at == timedelta(seconds=600)
        assert 590 < session.expires_in <= 600
        assert made.model_copy(update={"expires_in": session.expires_in}) == session

    async def test_making_a_session_again_is_the_same_session(
        self, client: StoreClient, acme: str, other: str
    ) -> None:
        """A lost answer may be asked for again."""
        command = session_command()
        first = await client.sessions.create(acme, command)

        again = await client.sessions.create(acme, command)

        assert (again.id, again.expires_at) == (first.id, first.expires_at)
        with pytest.raises(NotFound):
            await client.sessions.create(acme, session_command(id=command.id))
        with pytest.raises(NotFound):
            await client.sessions.create(other, command)

    async def test_a_session_expires(self, client: StoreClient, acme: str) -> None:
        """After its seconds, by the clock of the store."""
        command = session_command(expires_after=1)
        await client.sessions.create(acme, command)

        await asyncio.sleep(1.05)

        session = await found(client, command)
        assert session.status is SessionStatus.EXPIRED
        assert session.expires_in < 0
        assert await client.keys.revoked([command.id]) == []

    async def test_a_cancelled_session_stays_cancelled(
        self, client: StoreClient, acme: str
    ) -> None:
        """Anyone who looks for its secret is told so."""
        command = session_command()
        await client.sessions.create(acme, command)

        cancelled = await client.sessions.cancel(acme, command.id)
        again = await client.sessions.cancel(acme, command.id)

        assert cancelled.status is again.status is SessionStatus.CANCELLED
        assert (await found(client, command)).status is SessionStatus.CANCELLED
        assert (await client.sessions.show(acme, command.id)).status is SessionStatus.CANCELLED

    async def test_a_session_ends_with_the_key_that_made_it(
        self, client: StoreClient, acme: str
    ) -> None:
        """Anyone who stole a key and made sessions with it has nothing left when it is revoked."""
        key = await client.keys.create(acme, key_command())
        command = session_command(key_id=key.id)
        await client.sessions.create(acme, command)
        assert (await found(client, command)).status is SessionStatus.ACTIVE

        await client.keys.revoke(acme, key.id)

        assert (await found(client, command)).status is SessionStatus.CANCELLED

    async def test_another_tenant_has_no_part_in_a_session(
        self, client: StoreClient, acme: str, other: str
    ) -> None:
        """It neither sees nor cancels it."""
        command = session_command()
        await client.sessions.create(acme, command)

        with pytest.raises(NotFound):
            await client.sessions.show(other, command.id)
        with pytest.raises(NotFound):
            await client.sessions.cancel(other, command.id)
        assert (await found(client, command)).status is SessionStatus.ACTIVE

    async def test_the_store_says_which_of_many_have_ended(
        self, client: StoreClient, acme: str
    ) -> None:
        """A gateway asks once for all that has a stream open."""
        old, new = [await client.keys.create(acme, key_command()) for _ in range(2)]
        first, second, third = [
            await client.sessions.create(acme, session_command(key_id=maker.id))
            for maker in (old, new, new)
        ]
        await client.keys.revoke(acme, old.id)
        await client.sessions.cancel(acme, second.id)

        ended = await client.keys.revoked(
            [old.id, new.id, first.id, second.id, third.id, "cksess_gone"]
        )

        assert set(ended) == {old.id, first.id, second.id, "cksess_gone"}


class TestTenants:
    """Tenants."""

    async def test_a_tenant_that_was_never_set_has_nothing_of_its_own(
        self, client: StoreClient, acme: str
    ) -> None:
        """Nobody needs to announce a tenant before its first user comes."""
        tenant = await client.tenants.show(acme)

        assert (tenant.id, tenant.settings, tenant.created_at) == (acme, TenantSettings(), None)
        assert acme not in {each.id for each in await client.tenants.listed()}

    async def test_a_tenant_has_what_it_was_set_to_last(
        self, client: StoreClient, acme: str, other: str
    ) -> None:
        """All settings are replaced together; the first time stays its creation."""
        first = await client.tenants.set(acme, TenantSettings(max_turns_per_user=5, model="small"))
        settings = TenantSettings(
            retention=timedelta(days=30), assistant="wf_2", model_choices=["a", "b"]
        )

        await client.tenants.set(acme, settings)
        await client.tenants.set(other, TenantSettings())

        shown = await client.tenants.show(acme)
        assert shown.settings == settings
        assert shown.created_at == first.created_at
        assert [each.id for each in await client.tenants.listed()][:2] == [acme, other]
