"""The servers that announce appends to logs, and which of them announces those of a turn."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.crc import key_slot
from turnstream.redis.addresses import Kind, address
from turnstream.redis.client import UNREACHABLE, RedisError, listening_client, node_client
from turnstream.redis.log_servers import ranked

from turnstream_gateway.relay.following.subscription import OnMessage, Subscription

_TIMEOUT = 2.0
"""Seconds in which a node tells of the cluster; then the next one is asked."""


class Announcers(Protocol):
    """Where the hub subscribes."""

    clustered: bool
    """Each announces only what is in its slots, and slots move."""

    @property
    def servers(self) -> frozenset[str]:
        """All of them, by name."""
        ...

    def of(self, turn_id: str) -> str | None:
        """The server that announces on a turn's channel; None while nobody knows one."""
        ...

    async def look(self) -> None:
        """Learn which servers there are now. Raises what Redis raises."""
        ...

    async def open(self, server: str, on_message: OnMessage) -> Subscription:
        """A subscription to one server. Raises what Redis raises."""
        ...

    async def aclose(self) -> None:
        """Close what is open besides subscriptions."""
        ...


class ServerAnnouncers:
    """One server or several, each by itself. `Announcers`."""

    clustered = False

    def __init__(self, clients: Mapping[str, Redis]) -> None:
        self._clients = dict(clients)

    @property
    def servers(self) -> frozenset[str]:
        """Part of `Announcers`."""
        return frozenset(self._clients)

    def of(self, turn_id: str) -> str:
        """Part of `Announcers`: where `Shards` has the turn's log."""
        if len(self._clients) == 1:
            return next(iter(self._clients))
        return ranked(turn_id, self._clients)[0]

    async def look(self) -> None:
        """Part of `Announcers`: they are what they were."""

    async def open(self, server: str, on_message: OnMessage) -> Subscription:
        """Part of `Announcers`."""
        return await Subscription.open(self._clients[server], on_message)

    async def aclose(self) -> None:
        """Part of `Announcers`."""
        for client in self._clients.values():
            await client.aclose()


class ClusterAnnouncers:
    """The primaries of a cluster. `Announcers`."""

    clustered = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._seeds = [f"{host}:{port}" for host, port in address(url).hosts]
        self._slots: list[tuple[int, int, str]] = []

    @property
    def servers(self) -> frozenset[str]:
        """Part of `Announcers`."""
        return frozenset(server for _, _, server in self._slots)

    def of(self, turn_id: str) -> str | None:
        """Part of `Announcers`."""
        slot = key_slot(turn_id.encode())  # its keys and its channel have it as their hash tag
        for first, last, server in self._slots:
            if first <= slot <= last:
                return server
        return None

    async def look(self) -> None:
        """Part of `Announcers`: the first node that answers tells of all."""
        failed: Exception = RedisError("no node of the cluster is known")
        for server in dict.fromkeys([*sorted(self.servers), *self._seeds]):
            try:
                async with asyncio.timeout(_TIMEOUT), self._client(server) as node:
                    ranges: Any = await node.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
            except UNREACHABLE as error:
                failed = error
            else:
                self._slots = list(_slots(ranges, server))
                return
        raise failed

    async def open(self, server: str, on_message: OnMessage) -> Subscription:
        """Part of `Announcers`."""
        return await Subscription.open(self._client(server), on_message, clustered=True)

    def _client(self, server: str) -> Redis:
        host, _, port = server.rpartition(":")
        return node_client(self._url, host, int(port))

    async def aclose(self) -> None:
        """Part of `Announcers`."""


def announcers(urls: Sequence[str]) -> Announcers:
    """The servers that announce what is on these. Nothing connects before it must."""
    if len(urls) == 1 and address(urls[0]).kind is Kind.CLUSTER:
        return ClusterAnnouncers(urls[0])
    if len(urls) == 1:
        return one_announcer(listening_client(urls[0]))
    return ServerAnnouncers({address(url).name: listening_client(url) for url in urls})


def one_announcer(client: Redis) -> ServerAnnouncers:
    """One server that announces for all turns."""
    return ServerAnnouncers({"logs": client})


def _slots(ranges: Iterable[Sequence[Any]], asked: str) -> Iterator[tuple[int, int, str]]:
    """The ranges that `CLUSTER SLOTS` tells: first and last slot, and their primary."""
    for first, last, primary, *_ in ranges:
        host = (primary[0] or b"").decode() or asked.rpartition(":")[0]
        yield int(first), int(last), f"{host}:{int(primary[1])}"
