"""A database as the first release left it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.integration.upgrades.first_release import restore
from tests.support.servers.shared import empty_database, empty_redis


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """A database of its own for each test, with the first release's rows."""
    with empty_database(database_url) as database:
        asyncio.run(restore(database))
        yield database


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A look at it past all services."""
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


@pytest.fixture
def redis(redis_url: str) -> Iterator[str]:
    """A Redis database of its own."""
    with empty_redis(redis_url) as database:
        yield database
