"""The fenced writes of a running attempt."""

from typing import Any

import orjson

from turnstream.contracts.store_api import JournalEntry, SaveItem, StoredItem, ThreadPatch
from turnstream.store_client.transport import Transport, segment


class Attempts:
    """Every write names its attempt and raises `Fenced` once a newer one exists."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def save_item(
        self, turn_id: str, attempt: int, item: StoredItem, *, again: bool = False
    ) -> None:
        """Add or replace an item; see `SaveItem` for `again`."""
        command = SaveItem(attempt=attempt, item=item, again=again)
        await self._send("PUT", f"/turns/{turn_id}/items", command)

    async def remove_item(self, turn_id: str, attempt: int, item_id: str) -> None:
        """Delete an item."""
        path = f"/turns/{turn_id}/items/{segment(item_id)}"
        await self._send("DELETE", path, params={"attempt": attempt})

    async def patch_thread(self, turn_id: str, patch: ThreadPatch) -> None:
        """Set the fields of the thread that changed."""
        await self._send("PATCH", f"/turns/{turn_id}/thread", patch)

    async def record(self, turn_id: str, attempt: int, key: str, value: str) -> None:
        """Journal a step; the first record of a key stays."""
        entry = JournalEntry(attempt=attempt, value=value)
        await self._send("PUT", f"/turns/{turn_id}/journal/{key}", entry)

    async def journal(self, turn_id: str) -> dict[str, str]:
        """Every step journaled in the turn, by key."""
        steps: Any = orjson.loads(await self._send("GET", f"/turns/{turn_id}/journal"))
        return dict(steps)
