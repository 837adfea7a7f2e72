"""What happens beside an erasure: begun before it, waiting for it, or late."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.store_api import KeepFile, ReserveFile, SaveFact
from turnstream.contracts.tools import RenewCalls
from turnstream.errors import UserBeingErased
from turnstream.files.blobs import Blobs
from turnstream.store_client import StoreClient
from turnstream_store.audit.queries import AuditEvent, add_within
from turnstream_store.sweeper import SweeperServices

from tests.integration.store.erasure.erasing import (
    finished,
    named,
    no_lease_lasts,
    proven,
    waits_for_lock,
)
from tests.support.store.belongings import (
    SECRET,
    VICTIM,
    belongings,
)
from tests.support.turns import accept, running
from tests.support.waiting import wait_until_async


async def test_an_acceptance_that_has_begun_is_found_by_the_erasure(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """The erasure waits for it, and deletes what it wrote."""
    insert = """
        INSERT INTO threads (id, tenant, owner, status, metadata)
        VALUES ('thr_late', 'acme', 'ann', '{}', '{}')
    """
    async with other.transaction():
        await other.execute(insert)
        erasing = asyncio.create_task(client.privacy.erase(VICTIM))
        await waits_for_lock(other)
    await erasing
    erasure = await proven(client)
    assert erasure.counts["threads"] == 1
    assert await other.fetchval("SELECT count(*) FROM threads") == 0


async def test_an_acceptance_that_waits_for_the_erasure_is_refused(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """It began before the erasure was there and looks for it behind the lock, in a new snapshot."""
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('acme/ann', 2))"
    insert = """
        INSERT INTO erasures (id, tenant, owner, pseudonym, subject, state, counts, logs)
        VALUES ('ers_1', 'acme', 'ann', 'p', 's', 'erasing', '{}', '{}')
    """
    async with other.transaction():
        await other.execute(lock)
        accepting = asyncio.create_task(accept(client, owner=VICTIM))
        await waits_for_lock(other)
        await other.execute(insert)
    with pytest.raises(UserBeingErased):
        await accepting


async def test_nothing_is_deleted_while_something_runs_for_the_user(
    client: StoreClient, other: asyncpg.Connection, blobs_url: str
) -> None:
    """A worker whose lease lasts may put the bytes of an image once more: they would have no row
    then. The user is blocked, and everything is there until it has stopped.
    """
    blobs, key = Blobs(blobs_url), f"{new_id('img')}.png"
    turn = await running(client, owner=VICTIM)
    await client.files.reserve(VICTIM, ReserveFile(key=key, size=5))
    await blobs.put(key, b"first")
    await client.files.keep(VICTIM, key, KeepFile(thread_id=turn.thread_id))
    await client.privacy.erase(VICTIM)
    await sessions_were_forgotten(client)

    assert (await client.privacy.preview(VICTIM)).counts["threads"] == 1
    await blobs.put(key, SECRET.encode())  # the worker, again
    await other.execute("UPDATE erasures SET quiet_at = now()")

    await proven(client)
    assert not await blobs.exists(key)


async def sessions_were_forgotten(client: StoreClient) -> None:
    """Until the erasure has come to the step before it waits."""

    async def forgotten() -> bool:
        return "sessions" in (await client.privacy.erasure(VICTIM)).counts

    await wait_until_async(forgotten, message="the erasure does not begin")


async def test_an_erasure_waits_for_a_tool_when_its_worker_is_gone(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """It could begin the new user's life with a fact of the old one. When its lease has ended the
    user is erased.
    """
    hers = await belongings(client)
    holds = {"instance": "i", "lease": timedelta(seconds=30), "calls": {hers.call: 1}}
    await client.tool_calls.renew(RenewCalls.model_validate(holds))
    await no_lease_lasts(other)
    await client.privacy.erase(VICTIM)
    await sessions_were_forgotten(client)

    with pytest.raises(UserBeingErased):
        await client.facts.add(VICTIM, SaveFact(id="late", text=SECRET))
    assert await other.fetchval("SELECT quiet_at > now() + interval '5 s' FROM erasures")

    await other.execute("UPDATE tool_calls SET lease_until = now()")
    await other.execute("UPDATE erasures SET quiet_at = now()")
    await finished(client)
    assert [rows for rows in (await named(other, VICTIM)).values() if rows] == []


async def test_an_entry_of_the_audit_that_is_late_is_renamed_too(
    client: StoreClient, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """The user's archive is asked for while they are erased. The second pass can't see its entry
    yet, and the end of the erasure waits for it.
    """
    await running(client, owner=VICTIM)
    await no_lease_lasts(other)
    async with services.database.of(VICTIM.tenant).session() as session:
        deed = AuditEvent(Action.USER_EXPORTED, Actor(), VICTIM.tenant, VICTIM.user)
        await client.privacy.erase(VICTIM)
        await add_within(session, deed)
        await waits_for_lock(other)
        assert (await client.privacy.erasure(VICTIM)).finished_at is None
    erasure = await proven(client)

    assert erasure.pseudonymised["audit"] == 2
    exported = await other.fetchval("SELECT owner FROM audit WHERE action = 'user.exported'")
    assert exported.startswith("erased_")
