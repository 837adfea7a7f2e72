"""A rate is counted in Redis, in one call, for all gateways together."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from turnstream.redis.client import command_client
from turnstream.redis.rates import Rates
from turnstream.redis.topology import rate_key

from tests.support.servers import empty_redis

KEY = rate_key("cksess_1")


@pytest.fixture
async def url(redis_url: str) -> AsyncIterator[str]:
    """An empty Redis."""
    with empty_redis(redis_url) as empty:
        yield empty


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    """A client of it."""
    client = command_client(url)
    yield client
    await client.aclose(close_connection_pool=True)


async def test_as_many_as_a_minute_allows_may_come_at_once(redis: Redis) -> None:
    """Each is told how many more may come; the next one waits a minute's part."""
    rates = Rates(redis)
    counts = [await rates.count(KEY, 10) for _ in range(12)]
    assert [count.allowed for count in counts] == [True] * 10 + [False] * 2
    assert [count.remaining for count in counts] == [*range(9, -1, -1), 0, 0]
    assert 5 < counts[-1].wait <= 6
    assert 54 < counts[9].wait <= 60


async def test_the_next_may_come_after_its_wait(redis: Redis) -> None:
    """And one only: the pace is even once a minute's number has come."""
    rates = Rates(redis)
    while (count := await rates.count(KEY, 600)).allowed:
        pass
    await asyncio.sleep(count.wait)
    assert (await rates.count(KEY, 600)).allowed


async def test_two_gateways_count_together(redis: Redis, url: str) -> None:
    """However many ask at the same moment, no more than the number come through."""
    other = command_client(url)
    both = (Rates(redis), Rates(other))
    counts = await asyncio.gather(*(both[n % 2].count(KEY, 7) for n in range(40)))
    assert sum(count.allowed for count in counts) == 7
    await other.aclose(close_connection_pool=True)


async def test_a_rate_leaves_nothing_behind(redis: Redis) -> None:
    """Its key ends when all may come again, and a refused request does not prolong it."""
    rates = Rates(redis)
    for _ in range(5):
        await rates.count(KEY, 2)
    assert 0 < await redis.pttl(KEY) <= 60_000
    assert not (await rates.count(rate_key("cksess_2"), 1)).remaining
    assert await redis.exists(KEY)
