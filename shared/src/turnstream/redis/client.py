"""Connections to Redis, with limits and timeouts fit for what they carry."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = ["RedisError", "command_client", "listening_client"]

_COMMAND_CONNECTIONS = 64
"""Appends and reads are short; this many at once is more than one event loop keeps busy. A
command that finds all of them busy waits for one."""
_RETRIES = 3
"""Every command we send is safe to send again: appends carry their ids."""


def command_client(url: str) -> Redis:
    """A client for short commands: bounded pool, 5 s per command, a few quick retries.

    Nothing connects until the first command. Close it with `aclose()`.
    """
    return Redis(
        connection_pool=BlockingConnectionPool.from_url(
            url,
            max_connections=_COMMAND_CONNECTIONS,
            timeout=5,
            socket_timeout=5,
            socket_connect_timeout=2,
            health_check_interval=15,
            socket_keepalive=True,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), _RETRIES),
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
    )


def listening_client(url: str) -> Redis:
    """A client to make a `Subscription` with: errors surface at once.

    The listener connects again by itself, because it must also catch up on what it missed.
    """
    return Redis.from_url(
        url,
        # The answers of RESP2 are the same on every server, and nothing comes unasked.
        protocol=2,
        socket_connect_timeout=2,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0, supported_errors=()),
    )
