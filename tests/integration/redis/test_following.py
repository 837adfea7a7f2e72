"""Viewers that come with a position while Redis fails are served, and do not flood it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from turnstream.contracts.turns import TurnStatus
from turnstream.redis import topology
from turnstream.redis.client import RedisError, command_client, listening_client
from turnstream.redis.event_log import Entry, EventLog, Kind, Position
from turnstream.redis.log_servers import one_server
from turnstream_gateway.relay.following.announcers import one_announcer
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.relay import Relay

from tests.integration.redis.log_viewers import TURN, PlayedStore, Watcher, Writer, events_of, stop
from tests.support.servers.shared import empty_redis
from tests.support.waiting import wait_until_async

NEVER_WRITTEN = Position(900, 1)
NOBODY_THERE = "redis://127.0.0.1:1"


class StumblingLog(EventLog):
    """A log that counts the looks into it, and fails to tell its newest position once."""

    looks = 0
    stumbled = False

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        self.looks += 1
        return await super().read_from(turn_id, position)

    async def newest(self, turn_id: str) -> Position | None:
        if not self.stumbled:
            self.stumbled = True
            raise RedisError("the connection broke just now")
        return await super().newest(turn_id)


@asynccontextmanager
async def watched(url: str, start: Position) -> AsyncIterator[tuple[StumblingLog, Watcher]]:
    """A viewer that came with a position, and the log it looks into."""
    redis, listening = command_client(url), listening_client(url)
    log, hub = StumblingLog(one_server(redis)), Hub(one_announcer(listening))
    running = asyncio.create_task(hub.run())
    viewer = Watcher(start)
    viewer.connect(Relay(log, PlayedStore()), hub)
    try:
        yield log, viewer
    finally:
        await viewer.disconnect()
        await stop(running)
        await redis.aclose()
        await listening.aclose()


@asynccontextmanager
async def written(redis_url: str) -> AsyncIterator[tuple[str, Writer]]:
    """A Redis with the log of one attempt, three entries long so far."""
    with empty_redis(redis_url) as url:
        redis = command_client(url)
        writer = Writer(EventLog(one_server(redis)), 1, [])
        await redis.delete(topology.log_key(TURN))
        await writer.open()
        await writer.append(3)
        yield url, writer
        await redis.aclose()


async def test_an_unknown_position_is_found_out_after_a_stumble(redis_url: str) -> None:
    """The viewer starts over; otherwise it would wait for a position that the log never reaches."""
    async with written(redis_url) as (url, writer), watched(url, NEVER_WRITTEN) as (log, viewer):
        await wait_until_async(lambda: viewer.events == events_of(writer.kept, None))
        assert log.stumbled
        assert viewer.restarts == 1


async def test_a_viewer_that_has_the_end_and_comes_again_is_told_the_end(redis_url: str) -> None:
    """A browser's EventSource comes again when the answer ends; it must not get the turn anew."""
    async with written(redis_url) as (url, writer):
        await writer.append(1, Kind.end(TurnStatus.COMPLETED))
        async with watched(url, writer.kept[-1].position) as (_, viewer):
            await wait_until_async(lambda: viewer.ends)
            assert viewer.ends == ["completed"]
            assert viewer.events == []
            assert viewer.restarts == 0


async def test_a_redis_that_is_away_is_looked_for_now_and_then() -> None:
    """Thousands of viewers notice at once: none may ask again as fast as it is refused."""
    async with watched(NOBODY_THERE, NEVER_WRITTEN) as (log, viewer):
        assert viewer.task is not None
        await asyncio.wait({viewer.task}, timeout=3)

        assert log.looks == 1
