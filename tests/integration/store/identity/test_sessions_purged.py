"""Sessions that are over are kept for a while, so that they are refused by the right name."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from turnstream.contracts.identity import CreateSession, SessionWorkflow
from turnstream.contracts.ids import new_id
from turnstream.secrets.issued import SESSION_PREFIX, digest, new_secret
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.identity.queries import purge_sessions
from turnstream_store.settings import StoreSettings


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[Database]:
    async with Database(StoreSettings(database_url=emptied)) as database:
        yield database


async def test_a_session_is_deleted_when_it_is_over_for_long(
    client: StoreClient, database: Database
) -> None:
    """Batch after batch, whosever it is; its secret is then one that nobody has."""
    commands = [
        CreateSession(
            id=new_id("cksess"),
            digest=digest(new_secret(SESSION_PREFIX)),
            user="ann",
            workflow=SessionWorkflow(id="wf_1"),
            expires_after=lasts,
        )
        for lasts in (1, 1, 600)
    ]
    for tenant, command in zip(("acme", "other", "acme"), commands, strict=True):
        await client.sessions.create(tenant, command)
    later = timedelta(seconds=-60)  # as if a minute had passed since they were over

    async with database.all_tenants().session() as session:
        gone = [await purge_sessions(session, later, 1) for _ in range(3)]

    assert gone == [1, 1, 0]
    found = [await client.sessions.find(command.digest) for command in commands]
    assert [session is not None for session in found] == [False, False, True]
