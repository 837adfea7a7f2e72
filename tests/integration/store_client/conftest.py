"""One suite for every backing of the store client: a store over HTTP, and one in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict

import pytest
from turnstream.store_client import StoreClient
from turnstream.testing import Limits, MemoryStore

from tests.integration.store.conftest import blobs_url, emptied, migrated, redis
from tests.support.system.services import running_store

__all__ = ["blobs_url", "emptied", "migrated", "redis"]

StoreWith = Callable[[Limits], AbstractAsyncContextManager[StoreClient]]


@pytest.fixture(params=["http", "memory"])
def backing(request: pytest.FixtureRequest) -> str:
    """Where the store keeps what it is told: behind HTTP, or in memory."""
    return str(request.param)


@pytest.fixture
def store_with(request: pytest.FixtureRequest, backing: str) -> StoreWith:
    """Makes a store with the limits that a test names."""
    if backing == "memory":
        return _memory
    database: str = request.getfixturevalue("emptied")
    events: str = request.getfixturevalue("redis")
    settings = {"sweep_interval": "100ms", "blobs_url": request.getfixturevalue("blobs_url")}
    return lambda limits: running_store(database, events, **settings, **asdict(limits))


@pytest.fixture
async def client(store_with: StoreWith) -> AsyncIterator[StoreClient]:
    """A store with its usual limits."""
    async with store_with(Limits()) as store:
        yield store


@asynccontextmanager
async def _memory(limits: Limits) -> AsyncIterator[StoreClient]:
    yield MemoryStore(limits)
