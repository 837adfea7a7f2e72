"""Failed turns, and those past their attempts among them, for operators."""

from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.turns import DeadLetter, FailedTurn, FailedTurns
from turnstream.store_client.http.transport import CallIdentity, Params, Transport, segment

_LETTERS = TypeAdapter(list[DeadLetter])


class DeadLetters(Protocol):
    """Turns that failed past their attempts."""

    async def newest(self, limit: int) -> list[DeadLetter]:
        """Dead letters, newest first, without their requests."""
        ...

    async def show(self, turn_id: str) -> DeadLetter:
        """One dead letter with its request. Raises `NotFound`."""
        ...

    async def requeue(self, turn_id: str, actor: Actor | None = None) -> None:
        """Run a dead letter again, with fresh attempts and its journal as it was.

        Raises `NotFound`, and `Unprocessable` while the thread has an active turn.
        """
        ...

    async def failed(
        self, limit: int, since: datetime | None = None, code: str | None = None
    ) -> FailedTurns:
        """Turns that failed, dead letters or not, newest first; every code counted."""
        ...

    async def show_failed(self, turn_id: str) -> FailedTurn:
        """One failed turn with all that is known of the failure. Raises `NotFound`."""
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

    async def requeue(self, turn_id: str, actor: Actor | None = None) -> None:
        path = f"/dead-letters/{segment(turn_id)}/requeue"
        await self._send("POST", path, owner=CallIdentity(None, actor))

    async def failed(
        self, limit: int, since: datetime | None = None, code: str | None = None
    ) -> FailedTurns:
        params: Params = {"limit": limit}
        if since is not None:
            params["since"] = since.isoformat()
        if code is not None:
            params["code"] = code
        return FailedTurns.model_validate_json(await self._send("GET", "/failures", params=params))

    async def show_failed(self, turn_id: str) -> FailedTurn:
        answer = await self._send("GET", f"/failures/{segment(turn_id)}")
        return FailedTurn.model_validate_json(answer)
