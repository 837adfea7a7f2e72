"""Waiting for a condition, with a deadline that says what did not happen."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any, TypeVar, overload

T = TypeVar("T")

POLL_SECONDS = 0.01
"""Short against everything a test waits for, long enough not to starve a two-core machine."""

DEFAULT_TIMEOUT = 30.0
"""A guard against hanging, not a measurement: a process that starts beside three busy test workers
on two cores has needed more than 10 s. A test that measures says its own."""


class NeverHappened(AssertionError):
    """The condition did not become true before its deadline."""


def wait_until(
    condition: Callable[[], T], timeout: float = DEFAULT_TIMEOUT, message: str = "the condition"
) -> T:
    """Return the first truthy value of `condition`; raise `NeverHappened` after `timeout` seconds.

    The condition is asked at least once, and once more after the deadline.
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() >= deadline
        value = condition()
        if value:
            return value
        if late:
            raise NeverHappened(_text(message, timeout, value))
        time.sleep(POLL_SECONDS)


def wait_until_equal(
    read: Callable[[], object], wanted: object, timeout: float = DEFAULT_TIMEOUT
) -> None:
    """Read until what comes is what is wanted; raise `NeverHappened` with both after `timeout`
    seconds.
    """
    seen: list[object] = []

    def is_wanted() -> bool:
        seen[:] = [read()]
        return seen[0] == wanted

    with suppress(NeverHappened):
        wait_until(is_wanted, timeout)
    if seen[0] != wanted:
        raise NeverHappened(f"not within {timeout:g} s: {wanted!r} (last seen: {seen[0]!r})")


@overload
async def wait_until_async(
    condition: Callable[[], Awaitable[T]],
    timeout: float = DEFAULT_TIMEOUT,
    message: str = "the condition",
) -> T: ...
@overload
async def wait_until_async(
    condition: Callable[[], T], timeout: float = DEFAULT_TIMEOUT, message: str = "the condition"
) -> T: ...
async def wait_until_async(
    condition: Callable[[], Any], timeout: float = DEFAULT_TIMEOUT, message: str = "the condition"
) -> Any:
    """Like `wait_until`, without blocking the event loop; the condition may be a coroutine.

    A condition that hangs is cut off at the deadline too.
    """
    value: Any = None
    try:
        async with asyncio.timeout(timeout):
            while True:
                asked = condition()
                value = await asked if isawaitable(asked) else asked
                if value:
                    return value
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NeverHappened(_text(message, timeout, value)) from None


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _text(message: str, timeout: float, last: object) -> str:
    return f"{message}: not within {timeout:g} s (last seen: {last!r})"
