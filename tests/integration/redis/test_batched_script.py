"""Calls of a script share round trips to Redis, and each gets what it alone would have got."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from turnstream.redis.batched_script import GROUP, BatchedScript
from turnstream.redis.client import command_client

from tests.support.servers.shared import empty_redis

SCRIPT = b"""
if ARGV[1] == 'wrong' then return redis.error_reply('WRONG as asked') end
redis.call('RPUSH', KEYS[1], ARGV[1])
return ARGV[1]
"""


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of an empty Redis."""
    with empty_redis(redis_url) as url:
        client = command_client(url)
        yield client
        await client.aclose(close_connection_pool=True)


@pytest.fixture
def script() -> BatchedScript:
    """A script that keeps what it is told, in order."""
    return BatchedScript(SCRIPT)


async def test_everybody_gets_their_own_answer_in_few_round_trips(
    redis: Redis, script: BatchedScript
) -> None:
    """Calls of one key run in their order, also where they are more than one group."""
    before = (await redis.info("stats"))["total_reads_processed"]
    numbers = [str(number).encode() for number in range(3 * GROUP)]
    answers = await asyncio.gather(*(script(redis, ["list"], [each]) for each in numbers))
    reads = (await redis.info("stats"))["total_reads_processed"] - before

    assert answers == numbers
    assert await redis.lrange("list", 0, -1) == numbers
    assert reads < GROUP


async def test_a_call_that_fails_spoils_no_other(redis: Redis, script: BatchedScript) -> None:
    """Its caller alone is told."""
    calls = (script(redis, ["list"], [each]) for each in ("one", "wrong", "two"))
    one, wrong, two = await asyncio.gather(*calls, return_exceptions=True)

    assert (one, two) == (b"one", b"two")
    assert isinstance(wrong, ResponseError)


async def test_a_server_that_has_forgotten_the_script_is_told_it_again(
    redis: Redis, script: BatchedScript
) -> None:
    """As one that was started anew has: each call has run once."""
    await script(redis, ["list"], ["before"])
    await redis.script_flush()
    await asyncio.gather(*(script(redis, ["list"], [each]) for each in ("one", "two")))

    assert await redis.lrange("list", 0, -1) == [b"before", b"one", b"two"]


async def test_a_caller_that_goes_away_leaves_the_others_their_answers(
    redis: Redis, script: BatchedScript
) -> None:
    """While it waits for its group, and while that is on its way."""
    calls = [asyncio.create_task(script(redis, ["list"], [str(number)])) for number in range(6)]
    await asyncio.sleep(0)
    calls[1].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(answers.pop(1), asyncio.CancelledError)
    assert answers == [b"0", b"2", b"3", b"4", b"5"]
    assert await script(redis, ["list"], ["after"]) == b"after"


async def test_a_server_that_is_away_is_told_to_every_caller(script: BatchedScript) -> None:
    """And to the next ones again: nothing of a failed group is left over."""
    once = Retry(NoBackoff(), 0)
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.5, retry=once)
    for _ in range(2):
        calls = (script(away, ["list"], [each]) for each in ("one", "two"))
        met = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(each, RedisError | OSError) for each in met)
    await away.aclose()
