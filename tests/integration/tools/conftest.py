"""A real Valkey, a real Postgres and a real store; the tools service runs in the test or beside it.

`TEST_REDIS_URL` and `TEST_DATABASE_URL` name servers to use; without them there are new ones.
"""

import asyncio
import os
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from devstack.servers import ephemeral_postgres, ephemeral_valkey
from redis.asyncio import Redis
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from store.app import create_app as create_store
from store.migrate import migrate
from store.settings import StoreSettings

from tests.integration.tools.calling import CallingWorker
from tests.support.waiting import free_port, wait_until


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis that the session may flush."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    with ephemeral_valkey() as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A migrated database of the session's own."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        with _own_database(url) as own:
            yield own
        return
    with ephemeral_postgres() as postgres, _own_database(postgres.url) as own:
        yield own


@pytest.fixture(scope="session")
def store_url(redis_url: str, database_url: str) -> Iterator[str]:
    """A store, in a thread with an event loop of its own."""
    port = free_port()
    settings = StoreSettings(redis_url=redis_url, database_url=database_url, port=port)
    config = uvicorn.Config(create_store(settings), port=port, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, message="the store to start")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client, and an empty database."""
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def worker(redis: Redis, redis_url: str, store_url: str) -> AsyncIterator[CallingWorker]:
    """A worker that holds a turn and calls tools in it."""
    async with CallingWorker(redis_url, store_url) as calling:
        yield calling


@contextmanager
def _own_database(server_url: str) -> Iterator[str]:
    name = f"tools_{uuid.uuid4().hex}"
    own = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name}"))
    try:
        migrate(StoreSettings(database_url=own))
        yield own
    finally:
        with suppress(OSError):
            asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
