"""Connections to Redis, with limits and timeouts fit for what they carry."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import stamina
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from turnstream.redis.addresses import Address, Kind, address

T = TypeVar("T")

__all__ = [
    "UNREACHABLE",
    "RedisError",
    "command_client",
    "listening_client",
    "node_client",
    "until_reached",
]

UNREACHABLE = (RedisError, OSError)
"""What a command raises while Redis is away."""

CONNECTIONS = 64
"""Appends and reads are short; this many at once is more than one event loop keeps busy. A
command that finds all of them busy waits for one."""
TIMEOUT = 5.0
"""Seconds for a command, and for a connection that it needs."""
_CONNECT = 2.0
"""Seconds for a connection to a server that is there."""
_RETRIES = 3
"""Every command of ours may be repeated: appends carry their ids."""
_FAILOVER_RETRIES = 5
"""With Sentinels: the second or so in which a master that died is not yet replaced is theirs."""
LIMITS: Mapping[str, Any] = {
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": _CONNECT,
    "health_check_interval": 15,
    "socket_keepalive": True,
}
"""Of a connection for commands."""
_ASKING_SENTINELS: Mapping[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
"""They are asked one after the other, and one that is gone must not hold up the rest."""


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to whatever the Sentinels call the master at the time each of them is made.

    A command that finds all of them busy waits for one.
    """

    async def aclose(self) -> None:
        """Close the connections, and those to the Sentinels, which redis-py leaves open."""
        await super().aclose()
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()


def command_client(url: str) -> Redis:
    """A client for short commands: bounded pool, 5 s per command, a few quick retries.

    Of one server, or of the master that Sentinels name. Nothing connects until the first command.
    Close it with `aclose()`.
    """
    where = address(url)
    retries = _RETRIES if where.kind is Kind.SERVER else _FAILOVER_RETRIES
    options: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "timeout": TIMEOUT,
        **LIMITS,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
    }
    if where.kind is Kind.SENTINEL:
        return Redis.from_pool(_pool(where, options))
    return Redis.from_pool(BlockingConnectionPool.from_url(where.url, **options))


def listening_client(url: str) -> Redis:
    """A client to make a `Subscription` with: errors surface at once.

    The subscriber connects again by itself, because it must also catch up on what it missed.
    """
    where, options = address(url), _listening()
    if where.kind is Kind.SENTINEL:
        return Redis.from_pool(_pool(where, options))
    return Redis.from_url(where.url, **options)


def node_client(url: str, host: str, port: int) -> Redis:
    """The same for one node of the cluster that a URL names."""
    options = server_options(address(url)) | _listening()
    return Redis(host=host, port=port, **options | {"db": 0})


def _listening() -> dict[str, Any]:
    return {
        # Responses of RESP2 are the same on every server, and none comes without a request.
        "protocol": 2,
        "socket_connect_timeout": _CONNECT,
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0, supported_errors=()),
    }


def of_sentinels(where: Address) -> dict[str, Any]:
    """Arguments of a client of the Sentinels. They have TLS where their master has it."""
    tls = {name: each for name, each in server_options(where).items() if name.startswith("ssl")}
    return {**_ASKING_SENTINELS, **dict(where.sentinels), **tls}


def server_options(where: Address) -> dict[str, Any]:
    """Arguments of a client of any of the servers behind an address, without host and port."""
    parsed: dict[str, Any] = dict(parse_url(where.url))
    for name in ("host", "port", "connection_class"):
        parsed.pop(name, None)
    return parsed | ({"ssl": True} if where.url.startswith("rediss://") else {})


def _pool(where: Address, options: Mapping[str, Any]) -> SentinelConnectionPool:
    # redis-py's part for Sentinels has no types.
    sentinels = Sentinel(list(where.hosts), sentinel_kwargs=of_sentinels(where))  # type: ignore[no-untyped-call]
    return _SentinelPool(where.master, sentinels, **server_options(where), **options)  # type: ignore[no-untyped-call]


async def until_reached(command: Callable[[], Awaitable[T]]) -> T:
    """Try a command until Redis answers it, at least every 2 s: viewers wait for it."""
    trying = stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=0.05, wait_max=2.0, wait_jitter=0.1
    )
    return await trying(UNREACHABLE, command)
