"""What Redis holds has an end: streams behind their readers, and logs when there is no room."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError
from turnstream.errors import Unavailable
from turnstream.redis import topology
from turnstream.redis.client import command_client
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, Position
from turnstream.redis.log_servers import one_server
from turnstream_devstack.servers import EmbeddedValkey, ephemeral
from turnstream_store.redis_memory.logs import HIGH_WATERMARK, LOW_WATERMARK, LogEvictor
from turnstream_store.redis_memory.streams import trim_streams
from turnstream_store.sweeper import BATCH, SweeperServices

from tests.integration.store.test_sweeping import execute

READER = "a-reader"
FRAMES = b"data: {}\n\n" * 1000


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    """A server whose memory a test may limit."""
    with ephemeral(EmbeddedValkey) as valkey:
        yield valkey.url


@pytest.fixture
async def small(own_redis: str) -> AsyncIterator[Redis]:
    """That server, empty and without a limit."""
    client = command_client(own_redis)
    await client.config_set("maxmemory", 0)
    await client.flushall()
    yield client
    await client.config_set("maxmemory", 0)
    await client.aclose()


@pytest.fixture
def on_small(services: SweeperServices, small: Redis) -> SweeperServices:
    """What duties work with, on that server."""
    return replace(
        services, logs=one_server(small), jobs=small, event_log=EventLog(one_server(small))
    )


async def fill(redis: Redis, share: float) -> None:
    """Set the limit so that this share of it is used."""
    used = (await redis.info("memory"))["used_memory"]
    await redis.config_set("maxmemory", int(used / share))


async def add_ended(database: str, log: EventLog, number: int) -> list[str]:
    """Turns that ended a moment ago, first those that ended first, each with a log."""
    await execute(
        database,
        "INSERT INTO threads (id, owner, status, metadata) VALUES ('thr', 'ann', '{}', '{}')",
        "INSERT INTO turns (id, thread_id, owner, kind, status, attempt, failures, fingerprint,"
        " request, context, opening, prelude, ended_at)"
        " SELECT 'turn_' || n, 'thr', 'ann', 'message', 'completed', 1, 0, '', '{}', '{}', '[]',"
        f" '[]', now() - interval '1 ms' * ({number} - n) FROM generate_series(1, {number}) AS n",
    )
    ids = [f"turn_{n}" for n in range(1, number + 1)]
    for turn_id in ids:
        await log.seed(turn_id, [Entry(OPENING, Kind.EVENTS, FRAMES)])
    return ids


async def add_group(redis: Redis, stream: str, group: str, given: int) -> None:
    """A group that was given so many entries, by a reader that died before it deleted them."""
    await redis.xgroup_create(stream, group, id="0", mkstream=True)
    if given:
        await redis.xreadgroup(group, READER, {stream: ">"}, count=given, noack=True)


async def left(redis: Redis, stream: str) -> list[bytes]:
    rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", await redis.xrange(stream))
    return [fields[b"n"] for _, fields in rows]


@pytest.mark.parametrize(
    "stream", [topology.JOBS, topology.TOOL_CALLS, topology.SERVER_CALLS], ids=str
)
async def test_a_stream_ends_where_its_readers_stand(
    on_small: SweeperServices, small: Redis, stream: str
) -> None:
    """What every group was given goes, and nothing that one of them has yet to get."""
    for number in range(5):
        await small.xadd(stream, {"n": number})
    await add_group(small, stream, "quick", 4)
    await add_group(small, stream, "slow", 2)
    await trim_streams(on_small)
    assert await left(small, stream) == [b"2", b"3", b"4"]


async def test_a_stream_without_readers_is_kept(on_small: SweeperServices, small: Redis) -> None:
    """Their group begins at its oldest entry."""
    await small.xadd(topology.JOBS, {"n": 1}, id="1-1")
    await trim_streams(on_small)
    assert await left(small, topology.JOBS) == [b"1"]


async def test_a_call_that_nobody_took_in_time_goes(
    on_small: SweeperServices, small: Redis
) -> None:
    """Its caller gave up. A job stays: the turn is still there."""
    for stream in (topology.TOOL_CALLS, topology.JOBS):
        await small.xadd(stream, {"n": "old"}, id="1-1")
        await small.xadd(stream, {"n": "new"})
    await trim_streams(on_small)
    assert await left(small, topology.TOOL_CALLS) == [b"new"]
    assert await left(small, topology.JOBS) == [b"old", b"new"]


async def test_a_full_redis_is_no_newer_attempt(small: Redis) -> None:
    """A worker whose append finds no room tries again; it does not give its turn up."""
    log = EventLog(one_server(small))
    await log.seed("turn", [Entry(OPENING, Kind.EVENTS, FRAMES)])
    entry = Entry(Position(1, 0), Kind.ATTEMPT, FRAMES)
    await small.config_set("maxmemory", 1)
    for write in (log.append, log.seed):
        with pytest.raises(OutOfMemoryError):
            await write("turn", [entry])
    await small.config_set("maxmemory", 0)
    await log.append("turn", [entry])
    with pytest.raises(LogFenced):
        await log.append("turn", [Entry(Position(0, 2), Kind.EVENTS, FRAMES)])


async def test_logs_of_ended_turns_make_room_those_that_ended_first(
    on_small: SweeperServices, emptied: str, small: Redis
) -> None:
    """Until enough of the memory is free. Logs of turns that run, and keys of apps, stay."""
    await small.set("of-an-app", "kept", ex=60)
    await on_small.event_log.seed("turn_running", [Entry(OPENING, Kind.EVENTS, FRAMES)])
    ids = await add_ended(emptied, on_small.event_log, 3 * BATCH)
    await fill(small, HIGH_WATERMARK + 0.02)
    evict = LogEvictor()
    while await evict(on_small):
        pass
    memory = await small.info("memory")
    assert memory["used_memory"] <= LOW_WATERMARK * memory["maxmemory"]
    there = [bool(await small.exists(topology.log_key(turn))) for turn in ids]
    assert there == sorted(there), "the newest ones are kept"
    assert not there[0]
    assert there[-1]
    assert await small.exists("of-an-app", topology.log_key("turn_running")) == 2


async def test_no_log_goes_while_there_is_room(
    on_small: SweeperServices, emptied: str, small: Redis
) -> None:
    """Nor where Redis has no limit."""
    ids = await add_ended(emptied, on_small.event_log, 3)
    for share in (None, HIGH_WATERMARK - 0.05):
        if share:
            await fill(small, share)
        assert not await LogEvictor()(on_small)
        assert await small.exists(*map(topology.log_key, ids)) == len(ids)


async def test_a_redis_that_is_away_is_a_failure_that_passes(services: SweeperServices) -> None:
    """The sweeper counts it and tries again."""
    gone = command_client("redis://127.0.0.1:1")
    away = replace(services, logs=one_server(gone), jobs=gone, event_log=EventLog(one_server(gone)))
    for duty in (LogEvictor(), trim_streams):
        with pytest.raises(Unavailable):
            await duty(away)
    await gone.aclose()
