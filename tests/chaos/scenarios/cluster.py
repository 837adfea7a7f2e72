"""Event logs on a cluster: a node dies, comes back empty, or gives its slots to another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from turnstream.redis.topology import log_key

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, see_end, step
from tests.chaos.servers import BARE_CLUSTER, CLUSTER
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.world import TIMEOUT, Shape
from tests.support.chat_client import ChatClient, message
from tests.support.servers.valkey_cluster import ClusterNode, ValkeyCluster
from tests.support.waiting import wait_until_async

EVENTS = 20
"""Most of the events of a turn: the fault comes within them."""
AWAY = 3.0
"""Seconds without a node: longer than the cluster needs to find it dead."""


Hurt = Callable[[Case, ClusterNode], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _killed(_: Case, node: ClusterNode) -> AsyncIterator[None]:
    """Its replica takes over. It comes back as a replica of that one."""
    await asyncio.to_thread(node.kill, hold=True)
    try:
        yield
    finally:
        await asyncio.to_thread(node.start)


@asynccontextmanager
async def _silent(_: Case, node: ClusterNode) -> AsyncIterator[None]:
    """It takes connections and answers nobody. When it wakes, it is no primary any more."""
    node.pause()
    try:
        yield
    finally:
        node.resume()


@asynccontextmanager
async def _lost(case: Case, node: ClusterNode) -> AsyncIterator[None]:
    """Nobody has its logs: it comes back empty."""
    await asyncio.to_thread(node.kill, hold=True)
    await asyncio.sleep(case.rng.uniform(0, AWAY))
    await asyncio.to_thread(node.start)
    yield


def _node(hurt: Hurt) -> Callable[[Case], Awaitable[Outcome]]:
    """The node with a turn's log is hurt in its middle; what the log lacks is written again."""

    async def run(case: Case) -> Outcome:
        cluster, said = _cluster(case), case.message(answers.LENGTHY)
        async with case.world.tab() as client:
            case.clients.append(client)
            async with client.stream(*message(said)) as turn:
                await step(turn, case.rng.randint(1, EVENTS))
                node = await asyncio.to_thread(cluster.owner, log_key(turn.turn_id or ""))
                gone = now()
                async with hurt(case, node):
                    await see_end(client, turn)
            whole = lambda: asyncio.to_thread(cluster.whole)  # noqa: E731
            await wait_until_async(whole, TIMEOUT, "the cluster")
            await assert_sound(case.world, client, said, faults=[Fault.at(gone)])
            return Outcome(next_event(client, gone), f"{_restarts(client)} restarts")

    return run


async def resharding(case: Case) -> Outcome:
    """The slot of a log goes to another node and back while the log is written and read."""
    cluster = _cluster(case)
    async with case.world.tab() as client:
        said = case.message(answers.LENGTHY)
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
            key, began = log_key(turn.turn_id or ""), now()
            home = await asyncio.to_thread(cluster.owner, key)
            others = [node for node in cluster.primaries if node is not home]
            moving = asyncio.create_task(_through(cluster, key, [*others, home]))
            await see_end(client, turn)
            await moving
        await assert_sound(case.world, client, said)
        return Outcome(next_event(client, began), f"{_restarts(client)} restarts")


async def _through(cluster: ValkeyCluster, key: str, nodes: list[ClusterNode]) -> None:
    for node in nodes:
        await asyncio.to_thread(cluster.move, key, node)
        await asyncio.sleep(0.3)


def _cluster(case: Case) -> ValkeyCluster:
    assert isinstance(case.world.servers.handles, ValkeyCluster)
    return case.world.servers.handles


def _restarts(client: ChatClient) -> int:
    return sum(stream.restarts for stream in client.streams)


SCENARIOS = [
    Scenario(
        "cluster-node-kill",
        "kill -9 of the cluster's node with the log; its replica takes over",
        _node(_killed),
        runs=6,
        shape=Shape(servers=CLUSTER),
    ),
    Scenario(
        "cluster-node-pause",
        "the cluster's node with the log falls silent; its replica takes over",
        _node(_silent),
        runs=4,
        shape=Shape(servers=CLUSTER),
    ),
    Scenario(
        "cluster-node-lost",
        "a cluster's node without replica dies and comes back empty",
        _node(_lost),
        runs=6,
        shape=Shape(servers=BARE_CLUSTER),
    ),
    Scenario(
        "cluster-resharding",
        "the slot of a log moves through all nodes while it is written",
        resharding,
        runs=6,
        shape=Shape(servers=BARE_CLUSTER),
    ),
]
