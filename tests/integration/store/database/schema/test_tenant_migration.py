"""Rows get their tenant while services of the version before go on reading and writing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from alembic import command
from turnstream_store.database.schema.live_changes import LOCK_TIMEOUT
from turnstream_store.database.schema.migrate import alembic_config, migrate
from turnstream_store.settings import StoreSettings

from tests.support.servers.shared import empty_database
from tests.support.store.belongings import tables

BEFORE = "0009"
"""The schema of the version that knew no tenants."""
_THREADS = """
    INSERT INTO threads (id, owner, status, metadata)
    SELECT 'thr_' || n, 'ann', '{"type": "active"}', '{}' FROM generate_series(1, 2000) AS n
"""
_TURNS = """
    INSERT INTO turns (id, thread_id, owner, kind, status, attempt, failures, idempotency_key,
        fingerprint, request, context, opening, prelude)
    SELECT 'turn_' || n, 'thr_' || n, 'ann', 'threads.create', 'queued', 0, 0, 'key_' || n,
        'f', '{}', '{}', '[]', '[]' FROM generate_series(1, 2000) AS n
"""
_FACTS = """
    INSERT INTO facts (id, owner, text, status)
    SELECT 'fact_' || n, 'ann', '', 'saved' FROM generate_series(1, 2000) AS n
"""
_OLD_ACCEPTANCE = """
    WITH turn AS (
        INSERT INTO turns (id, thread_id, owner, kind, status, attempt, failures, idempotency_key,
            fingerprint, request, context, opening, prelude)
        SELECT $1, $2, 'ann', 'threads.create', 'queued', 0, 0, $1, 'f', '{}', '{}', '[]', '[]'
        WHERE (SELECT count(*) FROM turns WHERE owner = 'ann' AND status = 'queued') < 100000
        RETURNING 1
    ), thread AS (
        INSERT INTO threads (id, owner, status, metadata)
        SELECT $2, 'ann', '{"type": "active"}', '{}' FROM turn
    )
    INSERT INTO items (thread_id, id, owner, type, hidden, payload, turn_id, attempt)
    SELECT $2, 'msg', 'ann', 'user_message', false, '{}', $1, 0 FROM turn
"""
_OLD_SAVE = """
    INSERT INTO facts (id, owner, text, status) VALUES ($1, 'ann', 'new', 'saved')
    ON CONFLICT (id) DO UPDATE SET text = excluded.text
"""
_OLD_READ = "SELECT id FROM threads WHERE owner = 'ann' ORDER BY created_at DESC, id DESC LIMIT 20"
_OLD_DELETE = """
    WITH gone AS (DELETE FROM threads WHERE id = $1 RETURNING owner, id, created_at)
    INSERT INTO deleted_threads (owner, id, created_at) SELECT owner, id, created_at FROM gone
    ON CONFLICT DO NOTHING
"""


class OldService:
    """A service of the version before: its statements, each timed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.rounds = 0
        self.longest = 0.0

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """It works as long as the block runs; what fails in it fails the block."""
        connection = await asyncpg.connect(self._url, server_settings={"lock_timeout": "5s"})
        stopping = asyncio.Event()
        at_work = asyncio.create_task(self._work(connection, stopping))
        yield
        rounds = self.rounds
        while self.rounds < rounds + 3 and not at_work.done():  # it goes on behind the migration
            await asyncio.sleep(0.01)
        stopping.set()
        await at_work
        await connection.close()

    async def _work(self, connection: asyncpg.Connection, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self.rounds += 1
            name = f"new_{self.rounds}"
            for sql, *values in (
                (_OLD_ACCEPTANCE, f"turn_{name}", f"thr_{name}"),
                (_OLD_SAVE, "fact_1"),
                (_OLD_SAVE, f"fact_{name}"),
                (_OLD_READ,),
                (_OLD_DELETE, f"thr_{self.rounds}"),
            ):
                start = time.monotonic()
                await connection.execute(sql, *values)
                self.longest = max(self.longest, time.monotonic() - start)


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """A database of the version before, with rows in it."""
    with empty_database(database_url) as database:
        command.upgrade(alembic_config(StoreSettings(database_url=database)), BEFORE)
        asyncio.run(_fill(_plain(database)))
        yield database


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "", 1)


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    for sql in (_THREADS, _TURNS, _FACTS):
        await connection.execute(sql)
    await connection.close()


async def test_an_old_service_goes_on_while_its_rows_get_their_tenant(database: str) -> None:
    """Nobody waits for longer than a change of the schema waits for a lock, though somebody keeps
    a transaction open for longer than that; and every row is the default tenant's.
    """
    old, connection = OldService(_plain(database)), await asyncpg.connect(_plain(database))
    async with old.working():
        async with connection.transaction():
            await connection.execute("SELECT FROM threads LIMIT 1")
            migrating = asyncio.create_task(
                asyncio.to_thread(migrate, StoreSettings(database_url=database))
            )
            await asyncio.sleep(2 * LOCK_TIMEOUT)
            assert not migrating.done()
        await migrating

    assert old.rounds > 20
    assert old.longest < LOCK_TIMEOUT + 0.5
    for table, _ in await tables(connection):
        query = f"SELECT count(*) FROM {table} WHERE tenant <> 'default'"
        assert await connection.fetchval(query) == 0, table
    broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert await connection.fetchval(broken) == 0
    await connection.close()


async def test_an_interrupted_migration_begins_again(database: str) -> None:
    """Half of its changes are there, and an index that was never finished."""
    connection = await asyncpg.connect(_plain(database))
    await connection.execute(
        """
        ALTER TABLE threads ADD COLUMN tenant text NOT NULL DEFAULT 'default';
        CREATE INDEX threads_of_tenant ON threads (tenant);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'threads_of_tenant'::regclass;
        DROP INDEX facts_of_owner;
        """
    )
    await asyncio.to_thread(migrate, StoreSettings(database_url=database))

    built = "SELECT indexdef FROM pg_indexes WHERE indexname = 'threads_of_tenant'"
    assert "(tenant, owner, created_at, id)" in await connection.fetchval(built)
    await connection.close()
