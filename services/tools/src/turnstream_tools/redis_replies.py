"""Sends replies over Redis. One that can't be sent is logged and dropped."""

import asyncio
from datetime import timedelta

from faststream.redis import RedisBroker
from redis.exceptions import RedisError
from turnstream.contracts.tools import AttachTool, ToolCallFinished, ToolEventEmitted
from turnstream.redis import topology
from turnstream.telemetry import get_logger

from turnstream_tools.calls.replies import Replies

log = get_logger(__name__)

_TIMEOUT = timedelta(seconds=3)
"""The longest a tool waits for Redis. It is longer than the broker's own retries."""


class RedisReplies(Replies):
    """Publishes to reply streams, and on the channel that every tools service hears."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    async def send(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        """Part of Replies."""
        try:
            async with asyncio.timeout(_TIMEOUT.total_seconds()):
                await self._append(reply_to, message)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("reply not sent", key=message.key, kind=message.kind, error=str(error))

    async def ask_to_attach(self, command: AttachTool) -> None:
        """Part of Replies."""
        try:
            async with asyncio.timeout(_TIMEOUT.total_seconds()):
                await self._broker.publish(command, channel=topology.TOOL_CONTROL)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("attach not sent", key=command.key, error=str(error))

    async def _append(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        """Append and set the TTL in one transaction: a reply stream ends soon after its worker."""
        client = await self._broker.connect()
        async with client.pipeline(transaction=True) as pipeline:
            await self._broker.publish(
                message, stream=reply_to, maxlen=topology.REPLIES_LIMIT, pipeline=pipeline
            )
            pipeline.expire(reply_to, topology.REPLIES_TTL)
            await pipeline.execute()
