"""A short call that nobody answers in time is taken out of the queue: nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from turnstream.contracts.jobs import CallServer, ServerMethod
from turnstream.contracts.turns import RequestContext
from turnstream.errors import TimedOut
from turnstream.redis.broker import build_broker
from turnstream.redis.topology import SERVER_CALLS
from turnstream.secrets.credentials import Credentials
from turnstream.settings import Settings
from turnstream.testing import MemoryStore
from turnstream_gateway.short_calls import ServerCaller
from turnstream_gateway.tenants import TenantChoices

from tests.support.servers.shared import empty_redis
from tests.support.waiting import wait_until_async

ANN = RequestContext(tenant="acme", user_id="ann")


@pytest.fixture
def url(redis_url: str) -> Iterator[str]:
    with empty_redis(redis_url) as url:
        yield url


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(url) as client:
        yield client


async def waiting(redis: Redis) -> list[str]:
    """Whose calls a worker could still take, oldest first."""
    entries: Any = await redis.xrange(SERVER_CALLS)
    return [_call(*fields.values()).context.user_id for _, fields in entries]


def _call(envelope: bytes) -> CallServer:
    """A call without what FastStream puts around it."""
    return CallServer.model_validate_json(envelope[envelope.index(b"{") :])


async def test_a_call_that_ran_out_of_time_leaves_the_queue(url: str, redis: Redis) -> None:
    """It may hold a minute of speech. The call of somebody who waits longer stays."""
    tenants, credentials = TenantChoices(MemoryStore().tenants), Credentials()
    async with build_broker(Settings(redis_url=url)) as broker:
        brief, patient = (
            ServerCaller(broker, "answers", timedelta(seconds=limit), tenants, credentials)
            for limit in (0.3, 60)
        )
        bob = ANN.model_copy(update={"user_id": "bob"})
        other = asyncio.create_task(patient.call(ServerMethod.TRANSCRIBE, {}, bob))
        asking = asyncio.create_task(brief.call(ServerMethod.TRANSCRIBE, {"audio": "x"}, ANN))

        async def both() -> bool:
            return await redis.xlen(SERVER_CALLS) == 2

        await wait_until_async(both)
        with pytest.raises(TimedOut):
            await asking

        assert await waiting(redis) == ["bob"]
        other.cancel()
