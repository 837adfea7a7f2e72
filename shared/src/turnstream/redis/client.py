"""Connections to Redis, with limits and timeouts fit for what they carry."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

T = TypeVar("T")

__all__ = ["UNREACHABLE", "RedisError", "command_client", "listening_client", "until_reached"]

UNREACHABLE = (RedisError, OSError)
"""What a command raises while Redis is away."""

_COMMAND_CONNECTIONS = 64
"""Appends and reads are short; this many at once is more than one event loop keeps busy. A
command that finds all of them busy waits for one."""
_RETRIES = 3
"""Every command of ours may be repeated: appends carry their ids."""


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

    The subscriber connects again by itself, because it must also catch up on what it missed.
    """
    return Redis.from_url(
        url,
        # Responses of RESP2 are the same on every server, and none comes without a request.
        protocol=2,
        socket_connect_timeout=2,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0, supported_errors=()),
    )


async def until_reached(command: Callable[[], Awaitable[T]]) -> T:
    """Try a command until Redis answers it, at least every 2 s: viewers wait for it."""
    trying = stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=0.05, wait_max=2.0, wait_jitter=0.1
    )
    return await trying(UNREACHABLE, command)
