"""Our tables have a schema of their own, so that they can share a database with an app's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from turnstream.errors import TurnstreamError
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import StoreSettings

from tests.support.servers.shared import empty_database
from tests.support.system.services import running_store
from tests.support.turns import accept

OURS = {"alembic_version", "items", "journal", "threads", "turns"}
THEIRS = """
CREATE TABLE alembic_version (version_num varchar(32));
INSERT INTO alembic_version VALUES ('5f3c2a');
CREATE TABLE threads (id int, title text);
INSERT INTO threads VALUES (1, 'theirs');
"""


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    with empty_database(database_url) as database:
        yield database


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


async def tables(connection: asyncpg.Connection, schema: str) -> set[str]:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
    return {row["tablename"] for row in rows}


async def works(database: str, redis: str, **settings: Any) -> bool:
    """Migrate, and accept a turn."""
    made = StoreSettings(database_url=database, **settings)
    await asyncio.to_thread(migrate, made)
    async with running_store(database, redis, **settings) as store:
        return (await accept(store)).turn_id != ""


async def test_an_app_that_uses_the_same_database_keeps_its_tables(
    database: str, connection: asyncpg.Connection, redis: str
) -> None:
    """Its own `threads` and its own Alembic stay as they were."""
    await connection.execute(f"SET search_path TO public; {THEIRS}")

    assert await works(database, redis)

    assert await tables(connection, "turnstream") >= OURS
    assert await tables(connection, "public") == {"alembic_version", "threads"}
    assert await connection.fetchval("SELECT title FROM public.threads") == "theirs"
    assert await connection.fetchval("SELECT version_num FROM public.alembic_version") == "5f3c2a"


async def test_tables_of_an_earlier_version_stay_where_they_are(
    database: str, connection: asyncpg.Connection, redis: str
) -> None:
    """In `public`, with what is in them: the processes of the earlier version go on beside ours."""
    await asyncio.to_thread(migrate, StoreSettings(database_url=database, database_schema="public"))
    assert await tables(connection, "public") >= OURS

    assert await works(database, redis)

    assert await tables(connection, "turnstream") == set()
    assert await connection.fetchval("SELECT count(*) FROM public.turns") == 1


async def test_two_systems_may_share_a_database(
    database: str, connection: asyncpg.Connection, redis: str
) -> None:
    """Each in the schema that it was given; neither finds the other's tables."""
    assert await works(database, redis, database_schema="one")
    assert await works(database, redis, database_schema="two")

    assert await connection.fetchval("SELECT count(*) FROM one.turns") == 1
    with pytest.raises(TurnstreamError):
        async with running_store(database, redis, database_schema="three") as store:
            await accept(store)


async def test_a_schema_that_is_there_needs_no_right_to_make_one(
    database: str, connection: asyncpg.Connection, redis: str
) -> None:
    await connection.execute("CREATE SCHEMA turnstream")
    assert await works(database, redis)
    assert await tables(connection, "turnstream") >= OURS
