"""What a tenant has of its own: what its users may have, and how long their threads are kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile
from turnstream.errors import NotFound, StorageFull, TooManyTurns
from turnstream.store_client import StoreClient
from turnstream_store.database.connecting import ACQUIRE_TIMEOUT
from turnstream_store.database.pools import Database
from turnstream_store.identity import queries
from turnstream_store.identity.limits import FRESH, TenantLimits
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import SweeperServices
from turnstream_store.threads import retention
from turnstream_store.threads.retention import UnusedThreadDeleter
from turnstream_store.turns.all_tenants_queries import purge

from tests.integration.store.conftest import Stores
from tests.support.turns import accept, finish, message, running

ANN, BOB = Owner("acme", "ann"), Owner("acme", "bob")
ELSEWHERE = Owner("globex", "ann")
STRANGER, HELD = Owner("globex", "zoe"), Owner("held", "ann")
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[Database]:
    async with Database(StoreSettings(database_url=emptied)) as database:
        yield database


async def own(database: Database, tenant: str, **settings: object) -> None:
    """Give a tenant settings of its own."""
    text = TenantSettings.model_validate(settings).model_dump_json(exclude_none=True)
    async with database.of(tenant).session() as session:
        await queries.set_tenant(session, tenant, text)


async def test_a_tenants_users_have_the_limits_of_their_tenant(
    database: Database, client: StoreClient
) -> None:
    """Each user by themselves; other tenants have what the deployment allows."""
    await own(database, "acme", max_turns_per_user=3, max_queued_per_thread=1, storage_per_user=10)
    first = await running(client, owner=ANN)
    with pytest.raises(TooManyTurns, match="wait in this thread"):
        for _ in range(2):
            await accept(client, message(thread_id=first.thread_id), owner=ANN)
    await accept(client, owner=ANN)
    with pytest.raises(TooManyTurns, match="At most 3"):
        await accept(client, owner=ANN)
    for owner in (BOB, ELSEWHERE):
        await accept(client, owner=owner)

    large = ReserveFile(key=f"{new_id('img')}.png", size=11)
    with pytest.raises(StorageFull):
        await client.files.reserve(ANN, large)
    await client.files.reserve(ELSEWHERE, large)


async def test_a_change_of_a_limit_counts_after_five_seconds(database: Database) -> None:
    """Until then the store asks nobody."""
    now = 0.0
    limits = TenantLimits(database, StoreSettings(), lambda: now)
    assert (await limits.of("acme")).max_turns_per_user == StoreSettings().max_turns_per_user
    await own(database, "acme", max_turns_per_user=3)
    now = FRESH.total_seconds() - 0.1
    assert (await limits.of("acme")).max_turns_per_user == StoreSettings().max_turns_per_user
    now = FRESH.total_seconds() + 0.1
    assert (await limits.of("acme")).max_turns_per_user == 3
    assert (await limits.of("globex")).max_turns_per_user == StoreSettings().max_turns_per_user


async def test_threads_are_kept_as_long_as_their_tenant_says(
    emptied: str, database: Database, client: StoreClient, services: SweeperServices
) -> None:
    """From the end of the last turn on. A thread with a turn, or with a new one, stays, and so do
    those of tenants that say nothing.
    """
    await own(database, "acme", retention=HOUR)
    ended = [await running(client, owner=owner) for owner in (ANN, BOB, ELSEWHERE)]
    for turn in ended:
        await finish(client, turn)
    active, recent = await running(client, owner=ANN), await running(client, owner=ANN)
    await finish(client, recent)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("UPDATE threads SET created_at = created_at - interval '1 day'")
    old = [turn.turn_id for turn in ended]
    late = "UPDATE turns SET ended_at = ended_at - interval '2 hours' WHERE id = ANY($1)"
    await connection.execute(late, old)
    await connection.close()

    assert not await UnusedThreadDeleter()(services)

    for owner, turn in zip((ANN, BOB), ended, strict=False):
        with pytest.raises(NotFound):
            await client.threads.metadata(owner, turn.thread_id)
    for owner, thread in (
        (ELSEWHERE, ended[2].thread_id),
        (ANN, active.thread_id),
        (ANN, recent.thread_id),
    ):
        await client.threads.metadata(owner, thread)


async def test_threads_are_kept_as_long_as_the_deployment_says_where_the_tenant_does_not(
    emptied: str, database: Database, client: StoreClient, services: SweeperServices
) -> None:
    """Unless somebody must keep them: what a user or a tenant on legal hold has stays, whole."""
    await own(database, "acme", retention=MONTH)
    ended = [await running(client, owner=owner) for owner in (ANN, ELSEWHERE, STRANGER, HELD)]
    for turn in ended:
        await finish(client, turn)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("UPDATE threads SET created_at = created_at - interval '9 days'")
    await connection.execute("UPDATE turns SET ended_at = ended_at - interval '9 days'")
    await client.privacy.hold(ELSEWHERE.tenant, ELSEWHERE.user)
    await client.privacy.hold(HELD.tenant, None)
    settings = services.settings.model_copy(update={"thread_retention": HOUR})

    await UnusedThreadDeleter()(replace(services, settings=settings))

    kept = await connection.fetch("SELECT tenant, owner FROM threads ORDER BY 1, 2")
    assert [Owner(*row) for row in kept] == [ANN, ELSEWHERE, HELD]
    async with database.all_tenants().session() as session:
        assert await purge(session, HOUR, 10) == 0
    await connection.close()


async def test_deletions_that_take_long_go_on_with_the_next_batch(
    emptied: str, client: StoreClient, services: SweeperServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy database a sweeper cut them off, and looked again minutes later: more came than
    went.
    """
    for _ in range(3):
        await finish(client, await running(client))
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("UPDATE threads SET created_at = created_at - interval '9 days'")
    await connection.execute("UPDATE turns SET ended_at = ended_at - interval '9 days'")
    settings = services.settings.model_copy(update={"thread_retention": HOUR})
    monkeypatch.setattr(retention, "LONGEST", 0.0)
    left, delete = [], UnusedThreadDeleter()
    while await delete(replace(services, settings=settings)):
        left.append(await connection.fetchval("SELECT count(*) FROM threads"))

    assert left == [2, 1, 0]
    await connection.close()


async def test_turns_are_kept_as_long_as_their_threads(
    emptied: str, database: Database, stores: Stores
) -> None:
    """A tenant that keeps threads longer than the deployment keeps turns keeps both."""
    client = await stores.start()  # which does not sweep: old turns are purged here, by hand
    await own(database, "acme", retention=2 * MONTH)
    await own(database, "globex", retention=HOUR)
    for owner in (ANN, ELSEWHERE, Owner("default", "ann")):
        await finish(client, await running(client, owner=owner))
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute("UPDATE turns SET ended_at = now() - interval '31 days'")

    async with database.all_tenants().session() as session:
        assert await purge(session, MONTH, 10) == 2

    assert await connection.fetchval("SELECT string_agg(tenant, ',') FROM turns") == "acme"
    await connection.close()


async def test_limits_are_read_though_every_connection_of_tenants_is_taken(emptied: str) -> None:
    """Once for all who ask: a claim needs them, and waits for no tenant's requests."""
    settings = StoreSettings(database_url=emptied, database_pool=4)
    async with Database(settings) as database, AsyncExitStack() as flood:
        await own(database, "acme", max_turns_per_user=3)
        for _ in range(settings.database_pool // 2):
            session = await flood.enter_async_context(database.of("acme").session())
            await queries.tenant(session, "acme")
        limits = TenantLimits(database, settings)
        async with asyncio.timeout(ACQUIRE_TIMEOUT / 2):
            found = await asyncio.gather(*(limits.of("acme") for _ in range(50)))
    assert {each.max_turns_per_user for each in found} == {3}
