"""The hub: who is announced what, and when it subscribes again."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from stamina.instrumentation import RetryDetails, set_on_retry_hooks
from turnstream.redis.client import listening_client
from turnstream_gateway.relay.following import hub as module
from turnstream_gateway.relay.following.announcers import one_announcer
from turnstream_gateway.relay.following.hub import Hub

from tests.support.waiting import wait_until_async

NOBODY_THERE = "redis://127.0.0.1:1"


@pytest.fixture
async def redis() -> Redis:
    """A client of a Redis that is away."""
    return listening_client(NOBODY_THERE)


@pytest.fixture
def tries() -> Iterator[list[RetryDetails]]:
    """What stamina tells of each try, before it logs it."""
    told: list[RetryDetails] = []

    def record(details: RetryDetails) -> None:
        told.append(details)

    set_on_retry_hooks([record])
    yield told
    set_on_retry_hooks(None)


async def test_a_redis_that_is_away_is_tried_again_and_again(
    redis: Redis, tries: list[RetryDetails], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try is told by name; the hub never gives up."""
    monkeypatch.setattr(module, "RECONNECT", timedelta(milliseconds=1))
    running = asyncio.create_task(Hub(one_announcer(redis)).run())
    await wait_until_async(lambda: len(tries) > 2, message="the hub does not try again")
    assert not running.done()
    running.cancel()
    await asyncio.wait({running})

    assert "Hub._listen" in tries[0].name


async def test_without_a_connection_a_listener_is_told_to_read_the_log(redis: Redis) -> None:
    """Nothing will be announced to it for now."""
    hub = Hub(one_announcer(redis))
    assert not hub.connected
    with hub.listen("turn_1") as listener:
        assert listener.drain() == [None]
