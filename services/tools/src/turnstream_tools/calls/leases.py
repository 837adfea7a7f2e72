"""Renews the leases of the calls of this process, and stops calls that lose theirs."""

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
"""Renewals within one lease, so that one or two may fail."""


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
        """Renew until cancelled, at fixed times: a slow store does not move the next renewal."""
        tick = time.monotonic()
        while True:
            tick = max(tick + self._interval, time.monotonic())
            await asyncio.sleep(tick - time.monotonic())
            if calls := list(self._running.values()):
                await self._renew(calls)

    async def _renew(self, calls: list[RunningCall]) -> None:
        """Renew within half an interval, or stop the calls whose lease ends before the next try.

        After the end of a lease another service may record that the outcome is unknown, so the
        tool must have no effect from then on. A call that the ledger no longer counts as this run
        is stopped at once: its turn has ended and the cancellation was lost, or another run has
        begun. Only calls that were asked for are judged: one that began since is not in the answer.
        One that has its result already is not in it either, and stopping it does nothing.
        """
        asked = time.monotonic()
        runs = {call.key: call.run for call in calls}
        command = RenewCalls(instance=self._instance, lease=self._lease, calls=runs)
        try:
            async with asyncio.timeout(self._interval / 2):
                renewed = await self._ledger.renew(command)
        except (TurnstreamError, TimeoutError) as error:
            log.warning("leases not renewed", calls=len(calls), error=str(error))
            for call in calls:
                if call.held_until - time.monotonic() < self._interval:
                    call.stop(Stop.LOST)
        else:
            held = set(renewed.held)
            for call in calls:
                if call.key in held:
                    call.held_until = asked + self._lease.total_seconds()
                else:
                    call.stop(Stop.LOST)
