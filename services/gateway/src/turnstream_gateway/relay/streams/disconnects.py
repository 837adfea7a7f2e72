"""What it means when a viewer's connection is lost before the end of the turn."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.settings import OnDisconnect

log = get_logger(__name__)

_REPORTS = 1000
"""Reports under way at a time; more are dropped, and those turns simply go on."""


class StoredTurns(Protocol):
    """The store's turns, as far as a lost connection needs them."""

    async def cancel(self, owner: Owner, turn_id: str, reason: CancelReason) -> object:
        """Stop a turn of the owner's."""
        ...

    async def disconnect(self, owner: Owner, turn_id: str) -> None:
        """Note that the plain client of a turn disconnected."""
        ...


class Disconnects:
    """Reports lost connections to the store, as the deployment's policy has it.

    `stopping` is true once this process was told to stop: then a connection that ends is our doing.
    """

    def __init__(
        self, turns: StoredTurns, policy: OnDisconnect, stopping: Callable[[], bool]
    ) -> None:
        self._turns = turns
        self._policy = policy
        self._stopping = stopping
        self._reports: set[asyncio.Task[None]] = set()

    def viewer_lost(self, viewer: Viewer) -> None:
        """Report a plain client's loss in the background. A client that resumes is not reported."""
        if viewer.resumable or self._stopping() or self._policy is OnDisconnect.CONTINUE:
            return
        if len(self._reports) < _REPORTS:
            task = asyncio.create_task(self._report(viewer))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    async def _report(self, viewer: Viewer) -> None:
        try:
            if self._policy is OnDisconnect.CANCEL:
                await self._turns.cancel(viewer.owner, viewer.turn_id, CancelReason.DISCONNECT)
            else:
                await self._turns.disconnect(viewer.owner, viewer.turn_id)
        except TurnstreamError as error:
            log.warning("lost connection not reported", turn_id=viewer.turn_id, error=str(error))
