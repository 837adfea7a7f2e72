"""Event logs on several servers and on a cluster: found, announced, fenced as on one."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from turnstream.redis import topology
from turnstream.redis.client import command_client
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, LogLost, Position
from turnstream.redis.log_servers import log_servers, one_server
from turnstream_gateway.relay.following.announcers import announcers
from turnstream_gateway.relay.following.hub import Hub

from tests.support.servers.shared import empty_redis
from tests.support.servers.valkey_cluster import ValkeyCluster, valkey_cluster
from tests.support.waiting import wait_until_async

TURNS = [f"turn_{number}" for number in range(24)]
"""Enough that each of three nodes has some, whatever their ports: those decide who has which."""
OPENED = Entry(OPENING, Kind.EVENTS, b"opened")


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    """Three primaries."""
    with valkey_cluster() as running:
        yield running


@pytest.fixture
def shards(redis_url: str) -> Iterator[list[str]]:
    """Databases that stand for servers of their own."""
    with empty_redis(redis_url) as one, empty_redis(redis_url) as two:
        yield [one, two]


@asynccontextmanager
async def logs_on(urls: Sequence[str]) -> AsyncIterator[EventLog]:
    servers = log_servers(urls)
    try:
        yield EventLog(servers)
    finally:
        await servers.aclose()


def entry(attempt: int, seq: int) -> Entry:
    return Entry(Position(attempt, seq), Kind.EVENTS, b"%d-%d" % (attempt, seq))


@asynccontextmanager
async def hub_of(urls: Sequence[str]) -> AsyncIterator[Hub]:
    announcing = announcers(urls)
    hub = Hub(announcing)
    running = asyncio.create_task(hub.run())
    try:
        await wait_until_async(lambda: hub.connected)
        yield hub
    finally:
        running.cancel()
        await asyncio.wait({running})
        await announcing.aclose()


async def announced(hub: Hub, log: EventLog) -> None:
    """What is appended to a turn's log comes to who listens to that turn, and to nobody else."""
    heard = {turn: hub.listen(turn) for turn in TURNS}
    for listener in heard.values():
        assert await listener.wait(10)
    await asyncio.sleep(0.2)  # every subscription is confirmed
    for listener in heard.values():
        listener.drain()
    for turn in TURNS:
        await log.seed(turn, [Entry(OPENING, Kind.EVENTS, turn.encode())])
    for turn, listener in heard.items():
        await wait_until_async(lambda listener=listener: listener.wait(0))  # type: ignore[misc]
        assert [each.frames for each in listener.drain() if each] == [turn.encode()]
        listener.close()


async def test_a_cluster_announces_what_is_on_any_of_its_nodes(cluster: ValkeyCluster) -> None:
    """As its own user each, with the rights that are delivered."""
    async with (
        logs_on([cluster.url("agent-worker")]) as log,
        logs_on([cluster.url("store")]) as stores,
        hub_of([cluster.url("gateway")]) as hub,
    ):
        await announced(hub, log)
        used = await stores._servers.memory()
        assert set(used) == {node.address for node in cluster.primaries}
        with hub.listen("turn_0"):
            await wait_until_async(lambda: stores._servers.listening("turn_0"))


async def test_a_log_goes_on_while_its_slot_moves(cluster: ValkeyCluster) -> None:
    """Nothing is lost, and the viewers' subscription moves with it."""
    turn = "turn_that_moves"
    async with logs_on([cluster.url()]) as log, hub_of([cluster.url()]) as hub:
        await log.seed(turn, [OPENED, entry(1, 0)])
        listener = hub.listen(turn)
        home = cluster.owner(topology.log_key(turn))
        target = next(node for node in cluster.primaries if node is not home)
        moving = asyncio.create_task(
            asyncio.to_thread(cluster.move, topology.log_key(turn), target)
        )
        count = 0
        while not moving.done():
            count += 1
            await log.append(turn, [entry(1, count)])
            await asyncio.sleep(0.02)
        await moving

        async def hears() -> bool:
            nonlocal count
            listener.drain()
            count += 1
            await log.append(turn, [entry(1, count)])
            await listener.wait(0.1)
            return any(each and each.last.seq == count for each in listener.drain())

        await wait_until_async(hears)
        positions = [each.position for each in await log.read_all(turn)]
        assert positions == [OPENING, *(Position(1, seq) for seq in range(count + 1))]


async def test_several_servers_announce_what_is_theirs(shards: list[str]) -> None:
    """And each has some of the logs."""
    async with logs_on(shards) as log, hub_of(shards[::-1]) as hub:
        await announced(hub, log)
        for url in shards:
            client = command_client(url)
            logs = [key async for key in client.scan_iter(topology.log_key("*"))]
            assert 0 < len(logs) < len(TURNS)
            await client.aclose()


async def test_logs_are_found_where_they_were_before_a_server_was_added(
    shards: list[str],
) -> None:
    """And a writer that finds none on the new server writes it there."""
    async with logs_on(shards[:1]) as before, logs_on(shards) as after:
        for turn in TURNS:
            await before.seed(turn, [OPENED, entry(1, 0), entry(1, 1)])
        moved = [turn for turn in TURNS if after._servers.name_of(turn) != _name(shards[0])]
        assert 0 < len(moved) < len(TURNS)
        for turn in TURNS:
            kept = await after.read_all(turn)
            assert [each.position for each in kept] == [OPENING, Position(1, 0), Position(1, 1)]
            if turn in moved:
                with pytest.raises(LogLost):
                    await after.append(turn, [entry(2, 0)], after=Position(1, 1))
                await after.seed(turn, [*kept, entry(2, 0)])
                assert await after.newest(turn) == Position(2, 0)
                assert await before.newest(turn) == Position(1, 1)


async def test_an_erasure_reaches_the_servers_where_logs_were_before(shards: list[str]) -> None:
    """What is forgotten is nowhere."""
    async with logs_on(shards[:1]) as before, logs_on(shards) as after:
        for turn in TURNS:
            await before.seed(turn, [OPENED, entry(1, 0)])
            await after.seed(turn, [entry(9, 0)])
            await after.forget_before(turn, Position(9, 0))
            assert [each.position for each in await after.read_all(turn)] == [Position(9, 0)]
            assert await before.newest(turn) in (None, Position(9, 0))


async def test_a_log_that_lacks_its_end_is_lost(redis_url: str) -> None:
    """A replica that took over may lack what was appended last: no gap is written behind it."""
    with empty_redis(redis_url) as url:
        client = command_client(url)
        log = EventLog(one_server(client))
        whole = [OPENED, entry(1, 0), entry(1, 1), entry(1, 2)]
        await log.seed("turn", whole)
        await client.xdel(topology.log_key("turn"), "1-2")
        with pytest.raises(LogLost):
            await log.append("turn", [entry(1, 3)])
        with pytest.raises(LogLost):
            await log.append("turn", [entry(2, 0)], after=Position(1, 2))
        await log.seed("turn", [entry(2, 0)])
        with pytest.raises(LogFenced):
            await log.append("turn", [entry(1, 3)], after=Position(1, 2))
        await client.aclose()


def _name(url: str) -> str:
    return url.rpartition("@")[2]
