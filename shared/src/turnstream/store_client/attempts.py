"""The fenced writes of a running attempt."""

from typing import Any

import orjson

from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.store_client.transport import Transport, segment


class Attempts:
    """Every write names its attempt and raises `Fenced` once a newer one exists."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def write(self, turn_id: str, command: WriteAttempt) -> None:
        """Items, journal and the turn's end, all or nothing."""
        await self._send("POST", f"/turns/{segment(turn_id)}/writes", command)

    async def patch_thread(self, turn_id: str, patch: ThreadPatch) -> None:
        """Set the fields of the thread that changed."""
        await self._send("PATCH", f"/turns/{segment(turn_id)}/thread", patch)

    async def journal(self, turn_id: str) -> dict[str, str]:
        """Every step journaled in the turn, by key."""
        path = f"/turns/{segment(turn_id)}/journal"
        steps: Any = orjson.loads(await self._send("GET", path))
        return dict(steps)
