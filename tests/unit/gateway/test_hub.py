"""The hub: who is announced what, and when it subscribes again."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from turnstream.redis.client import listening_client
from turnstream_gateway.relay import hub as module
from turnstream_gateway.relay.hub import Hub

NOBODY_THERE = "redis://127.0.0.1:1"


@pytest.fixture
async def redis() -> Redis:
    """A client of a Redis that is away."""
    return listening_client(NOBODY_THERE)


async def test_a_redis_that_is_away_is_tried_again_and_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try is logged by name; the hub never gives up."""
    monkeypatch.setattr(module, "RECONNECT", timedelta(milliseconds=1))
    with capture_logs() as logs:
        running = asyncio.create_task(Hub(redis).run())
        await asyncio.wait({running}, timeout=0.3)
        assert not running.done()
        running.cancel()
        await asyncio.wait({running})

    assert len(logs) > 2
    assert "Hub._listen" in logs[0]["callable"]


async def test_without_a_connection_a_listener_is_told_to_read_the_log(redis: Redis) -> None:
    """Nothing will be announced to it for now."""
    hub = Hub(redis)
    assert not hub.connected
    with hub.listen("turn_1") as listener:
        assert listener.drain() == [None]
