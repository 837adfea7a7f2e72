"""Event logs on a Redis Cluster: a turn's log and its channel are in one slot, on one node."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from turnstream.redis import topology
from turnstream.redis.addresses import address
from turnstream.redis.client import CONNECTIONS, LIMITS, TIMEOUT, UNREACHABLE, server_options

_RETRIES = 3
"""Each asks the cluster anew who has the slot."""
_ANSWER = 1.0
"""Seconds for a command. Another node may have taken over from one that says nothing; and who waits
for a page of a log gives up after 2 s, which tells the client nothing."""

_LONGEST = 4 * TIMEOUT
"""Seconds for a command with all tries, and the wait for a connection."""


class _Cluster(RedisCluster):
    """redis-py's client, which waits for a connection, and whose failures are those of Redis."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Part of redis-py."""
        try:
            async with asyncio.timeout(_LONGEST), self._places:
                return await super().execute_command(*args, **kwargs)
        except TimeoutError as error:
            raise RedisConnectionError("no node of the cluster answered in time") from error
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error
        except (KeyError, IndexError) as error:  # redis-py looks up slots that nobody has
            raise RedisConnectionError(f"no node of the cluster has the slot: {error!r}") from error

    async def script_load(self, script: Any) -> Any:
        """Load a script on every primary that answers. The one that is meant says so if it didn't:
        it is asked for the script next.
        """
        digest: Any = None
        failed: Exception | None = None
        for node in self.get_primaries():
            try:
                digest = await self.execute_command("SCRIPT LOAD", script, target_nodes=[node])
            except UNREACHABLE as error:
                failed = error
        if digest is None and failed is not None:
            raise failed
        return digest


class LogCluster:
    """The nodes of a cluster. `LogServers`."""

    publish = "SPUBLISH"

    def __init__(self, url: str) -> None:
        where = address(url)
        options = server_options(where)
        options.pop("db", None)
        self._cluster = _Cluster(
            startup_nodes=[ClusterNode(host, port) for host, port in where.hosts],
            # One part of a cluster being away must not stop the logs that are on the rest.
            require_full_coverage=False,
            max_connections=CONNECTIONS,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), _RETRIES),
            **{**LIMITS, "socket_timeout": _ANSWER, **options},
        )

    def of(self, turn_id: str) -> RedisCluster:
        """Part of `LogServers`."""
        return self._cluster

    def others(self, turn_id: str) -> Sequence[RedisCluster]:
        """Part of `LogServers`."""
        return ()

    def name_of(self, turn_id: str) -> str:
        """Part of `LogServers`."""
        node = self._node(turn_id)
        return node.name if node else ""

    async def memory(self) -> Mapping[str, Mapping[str, Any]]:
        """Part of `LogServers`."""
        await self._known()
        info: dict[str, Mapping[str, Any]] = {}
        failed: Exception | None = None
        for node in self._cluster.get_primaries():
            try:
                info[node.name] = await self._cluster.info("memory", target_nodes=[node])
            except UNREACHABLE as error:
                failed = error
        if failed is not None and not info:
            raise failed
        return info

    async def listening(self, turn_id: str) -> int:
        """Part of `LogServers`."""
        await self._known()
        node = self._node(turn_id)
        if node is None:
            raise RedisConnectionError("no node of the cluster has the log")
        counts = await self._cluster.execute_command(
            "PUBSUB", "SHARDNUMSUB", topology.log_channel(turn_id), target_nodes=[node]
        )
        return sum(int(count) for count in counts[1::2])

    async def aclose(self) -> None:
        """Part of `LogServers`."""
        await self._cluster.aclose()

    async def _known(self) -> None:
        """Ask the cluster for its nodes, if that was not done."""
        try:
            await self._cluster.initialize()
        except (RedisClusterException, KeyError, IndexError) as error:
            raise RedisConnectionError(str(error)) from error

    def _node(self, turn_id: str) -> ClusterNode | None:
        try:
            return self._cluster.get_node_from_key(topology.log_key(turn_id))
        except (RedisClusterException, KeyError, IndexError):
            return None
