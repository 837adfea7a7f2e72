"""Sends a worker's heartbeats to the store, so that an operator sees its slots."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from turnstream.contracts.operating.overview import SILENT_AFTER, WorkerHeartbeat
from turnstream.errors import TurnstreamError
from turnstream.process.background import keep_running
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger
from turnstream.version import VERSION

from turnstream_worker.turns.slots import Slots

log = get_logger(__name__)

_EVERY = SILENT_AFTER.total_seconds() / 3
"""Seconds between heartbeats: two may be lost before the worker counts as dead."""


class Heartbeat:
    """Reports a worker's slots every few seconds. A lost report changes no turn."""

    def __init__(self, client: StoreClient, instance: str, slots: Slots) -> None:
        self._client = client
        self._instance = instance
        self.slots = slots
        self._draining = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send heartbeats in the block, then report the end."""
        try:
            async with AsyncExitStack() as stack:
                keep_running(stack, self._send_forever())
                yield
        finally:
            with suppress(TurnstreamError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._client.operations.gone(self._instance)

    def drain(self) -> None:
        """The worker takes no more turns."""
        self._draining.set()

    async def _send_forever(self) -> None:
        while True:
            await self._send()
            if self._draining.is_set():
                await asyncio.sleep(_EVERY)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._draining.wait()

    async def _send(self) -> None:
        seen = WorkerHeartbeat(
            instance=self._instance,
            slots=self.slots.size,
            running=len(self.slots.tasks),
            draining=self._draining.is_set(),
            version=VERSION,
        )
        try:
            async with asyncio.timeout(_EVERY):
                await self._client.operations.seen(seen)
        except (TurnstreamError, TimeoutError) as error:
            log.debug("heartbeat not sent", error=str(error))
