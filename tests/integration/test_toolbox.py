"""A worker reads the catalogue of the tools service from Redis, again and again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from agent_worker.remote_tools import Toolbox
from faststream.redis import RedisBroker
from redis.asyncio import Redis
from turnstream.contracts.tools import Catalogue, ToolSpec
from turnstream.topology import CATALOGUE

from tests.support.servers import empty_redis


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty Redis."""
    with empty_redis(redis_url) as url:
        async with Redis.from_url(url) as client:
            yield client


@pytest.fixture
async def toolbox(redis: Redis) -> AsyncIterator[Toolbox]:
    """A worker's line to the tools service over it."""
    pool = redis.connection_pool.connection_kwargs
    async with RedisBroker(f"redis://{pool['host']}:{pool['port']}/{pool['db']}") as broker:
        yield Toolbox(broker, "replies", timedelta(0), timedelta(0))


async def test_a_catalogue_that_cannot_be_read_leaves_the_last_one(
    redis: Redis, toolbox: Toolbox
) -> None:
    """A tools service of another version must not take the tools away, or stop the reading."""
    tool = ToolSpec(name="get_weather", description="", parameters={})
    offered = Catalogue(version="1", tools=[tool])
    await redis.set(CATALOGUE, offered.model_dump_json())
    await toolbox.refresh()

    await redis.set(CATALOGUE, '{"version": 2}')
    await toolbox.refresh()

    assert toolbox.catalogue == offered
