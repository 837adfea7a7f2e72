"""A burst of messages is published, all of it, whatever the number of connections."""

import asyncio

from turnstream.redis.broker import build_broker, stop_broker
from turnstream.settings import Settings

from tests.support.servers.shared import empty_redis

BURST = 1000


async def test_a_burst_waits_for_connections(redis_url: str) -> None:
    """The pool of the broker raises when it has none left; nobody sees it."""
    with empty_redis(redis_url) as url:
        broker = build_broker(Settings(redis_url=url))
        client = await broker.connect()
        try:
            messages = (broker.publish(str(number), stream="burst") for number in range(BURST))
            await asyncio.gather(*messages)
            assert await client.xlen("burst") == BURST
        finally:
            await stop_broker(broker)
