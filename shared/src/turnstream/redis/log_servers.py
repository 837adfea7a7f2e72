"""The servers that hold event logs: one, several by turn, or a cluster.

Several servers without a cluster use rendezvous hashing: a turn's log is on the server whose name
gives the highest hash with the turn's id. The order of the servers does not matter. When one is
added or removed, only its own logs move.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster

from turnstream.redis import topology
from turnstream.redis.addresses import Kind, address
from turnstream.redis.client import UNREACHABLE, command_client
from turnstream.redis.log_cluster import LogCluster


class LogServers(Protocol):
    """Where logs are. What is asked of a server raises what Redis raises, and nothing else."""

    publish: str
    """The command that announces on a turn's channel."""

    def of(self, turn_id: str) -> Redis | RedisCluster:
        """Who runs commands on a turn's log."""
        ...

    def others(self, turn_id: str) -> Sequence[Redis | RedisCluster]:
        """Who may hold a log of a turn that was begun while the servers were others."""
        ...

    def name_of(self, turn_id: str) -> str:
        """The name of the server that holds a turn's log, as in `memory`; '' if it is not known."""
        ...

    async def memory(self) -> Mapping[str, Mapping[str, Any]]:
        """What each server says of its memory. One that does not answer is left out, unless none
        does.
        """
        ...

    async def listening(self, turn_id: str) -> int:
        """How many connections are subscribed to a turn's channel."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Shards:
    """One server or several, each by itself. `LogServers`."""

    publish = "PUBLISH"

    def __init__(self, servers: Mapping[str, Redis]) -> None:
        self._servers = dict(servers)
        self._alone = next(iter(self._servers)) if len(self._servers) == 1 else ""

    def of(self, turn_id: str) -> Redis:
        """Part of `LogServers`."""
        return self._servers[self.name_of(turn_id)]

    def others(self, turn_id: str) -> Sequence[Redis]:
        """Part of `LogServers`: the nearest first, as if its home were taken away."""
        return [self._servers[name] for name in ranked(turn_id, self._servers)[1:]]

    def name_of(self, turn_id: str) -> str:
        """Part of `LogServers`."""
        return self._alone or ranked(turn_id, self._servers)[0]

    async def memory(self) -> Mapping[str, Mapping[str, Any]]:
        """Part of `LogServers`."""
        info: dict[str, Mapping[str, Any]] = {}
        failed: Exception | None = None
        for name, server in self._servers.items():
            try:
                info[name] = await server.info("memory")
            except UNREACHABLE as error:
                failed = error
        if failed is not None and not info:
            raise failed
        return info

    async def listening(self, turn_id: str) -> int:
        """Part of `LogServers`."""
        counts = await self.of(turn_id).pubsub_numsub(topology.log_channel(turn_id))
        return sum(int(count) for _, count in counts)

    async def aclose(self) -> None:
        """Part of `LogServers`."""
        for server in self._servers.values():
            with suppress(*UNREACHABLE):
                await server.aclose()


def one_server(redis: Redis) -> Shards:
    """One server that has all logs."""
    return Shards({"logs": redis})


def log_servers(urls: Sequence[str]) -> LogServers:
    """The servers of event logs. Nothing connects before the first command."""
    if len(urls) == 1 and address(urls[0]).kind is Kind.CLUSTER:
        return LogCluster(urls[0])
    if len(urls) == 1:
        return one_server(command_client(urls[0]))
    return Shards({address(url).name: command_client(url) for url in urls})


def ranked(turn_id: str, names: Mapping[str, object] | Sequence[str]) -> list[str]:
    """Servers in the order in which a turn's log would be on them, its home first."""
    return sorted(names, key=lambda name: _weight(turn_id, name), reverse=True)


def _weight(turn_id: str, name: str) -> bytes:
    return hashlib.blake2b(f"{turn_id} {name}".encode(), digest_size=8).digest()
