"""What services do while Sentinels replace a Redis that died."""

import asyncio
from collections.abc import Iterator

import pytest
from turnstream.redis.broker import build_broker, ensure_groups, inbox, stop_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind
from turnstream.redis.log_servers import log_servers
from turnstream.settings import Settings
from turnstream_gateway.relay.following.announcers import announcers
from turnstream_gateway.relay.following.hub import Hub

from tests.support.left_open import left_open
from tests.support.servers.sentinels import Watched, watched_valkey
from tests.support.waiting import wait_until_async

TIMEOUT = 30.0


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """A master, a replica and three Sentinels."""
    with watched_valkey() as running, left_open():  # FastStream's connections to the Sentinels
        yield running


async def test_all_that_is_connected_goes_to_the_new_master(watched: Watched) -> None:
    """Commands, subscriptions and subscribers of jobs, each as its own user, without a restart."""
    servers = log_servers([watched.url("agent-worker")])
    log = EventLog(servers)
    announcing = announcers([watched.url("gateway")])
    hub = Hub(announcing)
    listening = asyncio.create_task(hub.run())
    broker = build_broker(Settings(redis_url=watched.url()))
    seen: list[str] = []

    @broker.subscriber(stream=inbox("replies"))
    async def take(body: str) -> None:
        seen.append(body)

    await ensure_groups(broker, [("jobs", "workers")])
    await broker.start()
    await broker.publish("before", stream="replies")
    await wait_until_async(lambda: hub.connected and seen == ["before"])
    before = watched.master
    await asyncio.to_thread(before.kill, hold=True)

    async def is_written() -> bool:
        try:
            await log.seed("turn", [Entry(OPENING, Kind.EVENTS, b"opened")])
        except Exception:
            return False
        return True

    await wait_until_async(is_written, TIMEOUT, "the new master")
    assert watched.master is not before
    await wait_until_async(lambda: hub.connected, TIMEOUT)
    listener = hub.listen("another")
    assert await listener.wait(TIMEOUT)
    await asyncio.sleep(0.2)
    listener.drain()
    await log.seed("another", [Entry(OPENING, Kind.EVENTS, b"opened")])
    assert await listener.wait(TIMEOUT)
    await broker.publish("after", stream="replies")
    await wait_until_async(lambda: "after" in seen, TIMEOUT, "a reply through the new master")
    await stop_broker(broker)
    listening.cancel()
    await asyncio.wait({listening})
    await announcing.aclose()
    await servers.aclose()
    client = command_client(watched.url("gateway"))
    assert await client.ping()
    await client.aclose()
