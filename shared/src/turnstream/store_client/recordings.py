"""Recordings of turns, for an operator."""

from typing import Protocol

from turnstream.contracts.operating.recordings import Recording
from turnstream.store_client.http.transport import Transport, segment


class Recordings(Protocol):
    """Turns with all that decided how they went."""

    async def of_turn(self, turn_id: str) -> Recording:
        """A turn as a recording, no matter whose it is. The audit tells of it.

        Raises `NotFound`, and `Unprocessable` where its journal is not kept any more, or it is too
        large.
        """
        ...


class HttpRecordings(Recordings):
    """Recordings over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def of_turn(self, turn_id: str) -> Recording:
        answer = await self._send("GET", f"/recordings/{segment(turn_id)}")
        return Recording.model_validate_json(answer)
