"""The queue of turns, of all tenants together."""

from typing import Protocol

from turnstream.contracts.operating.queue import QueueState
from turnstream.store_client.http.transport import Transport


class Queue(Protocol):
    """The queue of turns."""

    async def state(self) -> QueueState:
        """How long it is and how fast it goes, as the store saw it within the last second."""
        ...


class HttpQueue(Queue):
    """The queue over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def state(self) -> QueueState:
        return QueueState.model_validate_json(await self._send("GET", "/queue"))
