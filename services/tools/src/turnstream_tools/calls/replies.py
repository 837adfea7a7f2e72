"""Sends events and results to the reply stream of the worker that asked.

A reply that can't be sent is logged and dropped. The result is in the ledger, and a worker that
gets no reply asks again.
"""

import asyncio
from datetime import timedelta

from faststream.redis import RedisBroker
from redis.exceptions import RedisError
from turnstream.contracts.tools import (
    AttachTool,
    ToolCallFinished,
    ToolEventEmitted,
    ToolResult,
    lasting_seq,
)
from turnstream.contracts.turns import Json
from turnstream.redis import topology
from turnstream.telemetry import get_logger

log = get_logger(__name__)

_PATIENCE = timedelta(seconds=3)
"""The longest a tool waits for Redis. It is longer than the broker's own retries."""


class Replies:
    """Publishes to reply streams. Does not raise when Redis is not available."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    async def event(self, reply_to: str, key: str, seq: int, event: Json) -> None:
        """Send an event of a running call."""
        await self._send(reply_to, ToolEventEmitted(key=key, seq=seq, event=event))

    async def finished(self, reply_to: str, key: str, result: ToolResult) -> None:
        """Send the result of a call, which is in the ledger."""
        await self._send(reply_to, ToolCallFinished(key=key, result=result))

    async def recorded(self, reply_to: str, key: str, result: ToolResult) -> None:
        """Send a call that ended before: its events under the same numbers, and its result."""
        for index, event in enumerate(result.events):
            await self.event(reply_to, key, lasting_seq(index), event)
        await self.finished(reply_to, key, result)

    async def ask_to_attach(self, command: AttachTool) -> None:
        """Ask the service that runs the call to send to another worker."""
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                await self._broker.publish(command, channel=topology.TOOL_CONTROL)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("attach not sent", key=command.key, error=str(error))

    async def _send(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                await self._append(reply_to, message)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("reply not sent", key=message.key, kind=message.kind, error=str(error))

    async def _append(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        """Append and set the TTL in one transaction: a reply stream ends soon after its worker."""
        client = await self._broker.connect()
        async with client.pipeline(transaction=True) as pipeline:
            await self._broker.publish(
                message, stream=reply_to, maxlen=topology.REPLIES_LIMIT, pipeline=pipeline
            )
            pipeline.expire(reply_to, topology.REPLIES_TTL)
            await pipeline.execute()
