"""Publishing in line: messages of a burst wait for connections, instead of failing without one.

FastStream's broker has a pool that raises when all of its connections are in use, and its
subscribers take theirs from the same one.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from faststream import BaseMiddleware
from faststream.redis.response import RedisPublishCommand


class PublishLimiter:
    """Lets so many messages be published at a time; the others wait, up to `timeout` seconds."""

    def __init__(self, at_once: int, timeout: float) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._timeout = timeout

    def __call__(self, message: Any, /, *, context: Any) -> BaseMiddleware[Any, Any]:
        """The middleware for a message that goes."""
        return _LineMiddleware(message, context=context, line=self)

    async def enter(self) -> None:
        """Wait for a slot. Raises `TimeoutError`; otherwise call `leave`."""
        if self._free.locked():
            async with asyncio.timeout(self._timeout):
                await self._free.acquire()
        else:
            await self._free.acquire()  # returns at once

    def leave(self) -> None:
        """Let the next one publish."""
        self._free.release()


class _LineMiddleware(BaseMiddleware[RedisPublishCommand, Any]):
    """Holds a turn while a message is published."""

    __slots__ = ("_line",)

    def __init__(self, message: Any, /, *, context: Any, line: PublishLimiter) -> None:
        super().__init__(message, context=context)
        self._line = line

    async def publish_scope(self, call_next: Callable[..., Any], cmd: RedisPublishCommand) -> Any:
        """Part of FastStream."""
        await self._line.enter()
        try:
            return await call_next(cmd)
        finally:
            self._line.leave()
