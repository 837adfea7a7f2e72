"""Turns past their attempts, for operators."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.turns import DeadLetter
from turnstream.store_client.transport import Transport, segment

_LETTERS = TypeAdapter(list[DeadLetter])


class DeadLetters(Protocol):
    """Turns that failed past their attempts."""

    async def newest(self, limit: int) -> list[DeadLetter]:
        """Dead letters, newest first, without their requests."""
        ...

    async def show(self, turn_id: str) -> DeadLetter:
        """One dead letter with its request. Raises `NotFound`."""
        ...

    async def requeue(self, turn_id: str) -> None:
        """Run a dead letter again, with fresh attempts and its journal as it was.

        Raises `NotFound`, and `Unprocessable` while the thread has an active turn.
        """
        ...


class HttpDeadLetters(DeadLetters):
    """Dead letters over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, limit: int) -> list[DeadLetter]:
        answer = await self._send("GET", "/dead-letters", params={"limit": limit})
        return _LETTERS.validate_json(answer)

    async def show(self, turn_id: str) -> DeadLetter:
        answer = await self._send("GET", f"/dead-letters/{segment(turn_id)}")
        return DeadLetter.model_validate_json(answer)

    async def requeue(self, turn_id: str) -> None:
        await self._send("POST", f"/dead-letters/{segment(turn_id)}/requeue")
