"""The fenced writes of a running attempt."""

from typing import Protocol

import orjson

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.contracts.turns import Json
from turnstream.store_client.http.transport import Transport, segment


class Attempts(Protocol):
    """Every write names its attempt and raises `Fenced` once a newer one exists or the turn has
    ended. The owner is the turn's; a turn of somebody else is as one that does not exist.
    """

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        """Write items, journal and the turn's end, all or nothing.

        A repeated command changes nothing, and ending a turn twice the same way is ending it
        once. An item that exists keeps its `seq`; the first record of a journal key stays.
        """
        ...

    async def patch_thread(self, owner: Owner, turn_id: str, patch: ThreadPatch) -> Json:
        """Set the fields of the turn's thread that changed, and leave the others; the thread then.

        A field that somebody else has set since the turn began stays as it is.
        """
        ...

    async def journal(self, owner: Owner, turn_id: str) -> dict[str, str]:
        """Every step journaled in the turn, by key. The end of the turn deletes them, unless it
        is a dead letter, or they are kept for a while (`KEEP_JOURNALS`).
        """
        ...


class HttpAttempts(Attempts):
    """Attempts over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        await self._send("POST", f"/turns/{segment(turn_id)}/writes", command, owner=owner)

    async def patch_thread(self, owner: Owner, turn_id: str, patch: ThreadPatch) -> Json:
        answer = await self._send("PATCH", f"/turns/{segment(turn_id)}/thread", patch, owner=owner)
        thread: Json = orjson.loads(answer)
        return thread

    async def journal(self, owner: Owner, turn_id: str) -> dict[str, str]:
        path = f"/turns/{segment(turn_id)}/journal"
        steps: dict[str, str] = orjson.loads(await self._send("GET", path, owner=owner))
        return steps
