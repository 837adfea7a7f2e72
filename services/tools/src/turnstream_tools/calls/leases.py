"""Keeps the calls of this process alive in the ledger, and stops those it can't keep alive."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta

from turnstream.contracts.tools import RenewCalls
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from turnstream_tools.calls.ledger import Ledger
from turnstream_tools.calls.running import RunningCall, Stop

log = get_logger(__name__)

RENEWALS = 3
"""Renewals in the length of a lease: one may fail without harm."""


class Leases:
    """Renews all running calls in one request, at a third of the lease."""

    def __init__(
        self,
        ledger: Ledger,
        running: Mapping[str, RunningCall],
        instance: str,
        lease: timedelta,
    ) -> None:
        self._ledger = ledger
        self._running = running
        self._instance = instance
        self._lease = lease
        self._interval = lease.total_seconds() / RENEWALS

    async def keep(self) -> None:
        """Renew until cancelled, by a clock that a slow store does not slow down."""
        tick = time.monotonic()
        while True:
            tick = max(tick + self._interval, time.monotonic())
            await asyncio.sleep(tick - time.monotonic())
            if calls := list(self._running.values()):
                await self._renew(calls)

    async def _renew(self, calls: list[RunningCall]) -> None:
        """Renew in half an interval, or stop the calls whose lease ends before the next try.

        Once a lease has ended another service may declare the call's outcome unknown: its tool
        must not go on having effects.
        """
        asked = time.monotonic()
        runs = {call.key: call.run for call in calls}
        command = RenewCalls(instance=self._instance, lease=self._lease, calls=runs)
        try:
            async with asyncio.timeout(self._interval / 2):
                await self._ledger.renew(command)
        except (TurnstreamError, TimeoutError) as error:
            log.warning("leases not renewed", calls=len(calls), error=str(error))
            for call in calls:
                if call.held_until - time.monotonic() < self._interval:
                    call.stop(Stop.LOST)
        else:
            for call in calls:
                call.held_until = asked + self._lease.total_seconds()
