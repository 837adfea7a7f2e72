"""Row-level security where the database's user may make roles, and where they may not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs
from turnstream.settings import ConfigurationError
from turnstream_store.app import create_app
from turnstream_store.database import data_role
from turnstream_store.database.data_role import DATA_ROLE
from turnstream_store.database.pools import Database
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import RowSecurityMode, StoreSettings

from tests.support.servers.shared import empty_database
from tests.support.system.services import running_store
from tests.support.turns import accept


class Owned(NamedTuple):
    """A database that belongs to a user without any other right."""

    url: str
    owner: str
    administrator: asyncpg.Connection


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    with empty_database(database_url) as database:
        yield database


@pytest.fixture
async def owned(database: str) -> AsyncIterator[Owned]:
    administrator = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    owner, parts = f"plain_{uuid4().hex[:8]}", urlsplit(database)
    await administrator.execute(f"CREATE ROLE {owner} LOGIN PASSWORD 'p'")
    await administrator.execute(f'ALTER DATABASE "{parts.path[1:]}" OWNER TO {owner}')
    address = parts.netloc.rpartition("@")[2]
    yield Owned(urlunsplit(parts._replace(netloc=f"{owner}:p@{address}")), owner, administrator)
    await administrator.execute(f"DROP OWNED BY {owner} CASCADE")
    await administrator.execute(f'ALTER DATABASE "{parts.path[1:]}" OWNER TO CURRENT_USER')
    await administrator.execute(f"DROP ROLE {owner}")
    await administrator.close()


async def test_without_the_role_everything_works_and_the_log_says_what_is_missing(
    owned: Owned, redis: str
) -> None:
    """An administrator gives the role to the user, the migration runs again, and it holds."""
    await _ensure_role(owned.administrator)
    settings = StoreSettings(database_url=owned.url)
    with capture_logs() as logs:
        await asyncio.to_thread(migrate, settings)
    (line,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert DATA_ROLE in line["remedy"]

    with capture_logs() as logs:
        async with running_store(owned.url, redis) as store:
            await accept(store)
    assert "no row-level security: queries alone keep tenants apart" in {
        entry["event"] for entry in logs
    }
    assert not await _in_force(owned.url)

    await owned.administrator.execute(f"GRANT {DATA_ROLE} TO {owned.owner}")
    with capture_logs() as logs:
        await asyncio.to_thread(migrate, settings)
    assert [entry for entry in logs if entry["log_level"] == "warning"] == []
    assert await _in_force(owned.url)
    async with running_store(owned.url, redis, row_security="require") as store:
        await accept(store)


async def test_a_store_that_requires_it_does_not_start_without(owned: Owned, redis: str) -> None:
    """It says which setting asked for it, and what its user has to be."""
    await _ensure_role(owned.administrator)
    await asyncio.to_thread(migrate, StoreSettings(database_url=owned.url))
    settings = StoreSettings(
        database_url=owned.url, redis_url=redis, row_security=RowSecurityMode.REQUIRE
    )
    app = create_app(settings)
    with pytest.raises(Exception, match="ROW_SECURITY=require"):
        async with app.router.lifespan_context(app):
            pytest.fail("it started")
    assert isinstance(app.state.refused, ConfigurationError)


async def test_a_user_of_the_data_alone_is_subject_to_it(
    owned: Owned, database: str, redis: str
) -> None:
    """Tables belong to one user, and the store connects as another, who owns nothing."""
    await asyncio.to_thread(migrate, StoreSettings(database_url=database))
    await owned.administrator.execute(f"GRANT {DATA_ROLE} TO {owned.owner}")
    assert await _in_force(owned.url)
    async with running_store(owned.url, redis, row_security="require") as store:
        await accept(store)


async def test_many_databases_of_a_server_may_make_the_role_at_once(database: str) -> None:
    """Roles belong to the server. One of those who try makes it, and nobody fails."""
    role = f"data_{uuid4().hex[:8]}"
    made = data_role._MAKE.replace(DATA_ROLE, role)
    engines = [create_async_engine(database) for _ in range(8)]

    async def make(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(sa.text(made))

    await asyncio.gather(*(make(engine) for engine in engines))
    async with engines[0].begin() as connection:
        await connection.execute(sa.text(f"DROP ROLE {role}"))
    for engine in engines:
        await engine.dispose()


async def _ensure_role(administrator: asyncpg.Connection) -> None:
    """The role is there from other databases of the server, or is made."""
    await administrator.execute(data_role._MAKE)


async def _in_force(url: str) -> bool:
    async with Database(StoreSettings(database_url=url)) as database:
        async with database.of("acme").connection():
            pass
        return bool(database.row_security.in_force)
