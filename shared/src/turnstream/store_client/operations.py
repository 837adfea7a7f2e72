"""What an operator sees of a deployment, and does to turns of anybody's."""

from typing import Protocol

from turnstream.contracts.operating.operations import (
    RunAgain,
    TurnContent,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnStarted,
    TurnSummary,
)
from turnstream.contracts.operating.overview import Overview, WorkerHeartbeat
from turnstream.contracts.operating.privacy import Actor
from turnstream.store_client.http.transport import CallIdentity, Transport, segment


class Operations(Protocol):
    """Turns of every tenant. `actor` is who asked a service that asks the store."""

    async def overview(self) -> Overview:
        """The queue, the slots and the workers at this moment."""
        ...

    async def seen(self, worker: WorkerHeartbeat) -> None:
        """Note that a worker is there. It says so every few seconds."""
        ...

    async def gone(self, instance: str) -> None:
        """Forget a worker that has ended."""
        ...

    async def turns(self, wanted: TurnSearch) -> TurnList:
        """A page of turns, the newest first."""
        ...

    async def turn(self, turn_id: str) -> TurnDetails:
        """All that is known of a turn but what was said in it. Raises `NotFound`."""
        ...

    async def read(self, turn_id: str, actor: Actor | None = None) -> TurnContent:
        """What was said in a turn; the audit tells of it. Raises `NotFound`."""
        ...

    async def cancel(self, turn_id: str, actor: Actor | None = None) -> TurnSummary:
        """Stop a turn that is queued or runs. One that has ended, or was told to stop already,
        is left as it is, and the audit tells nothing. Raises `NotFound`.
        """
        ...

    async def run_again(
        self, turn_id: str, command: RunAgain, actor: Actor | None = None
    ) -> TurnStarted:
        """Repeat the request of a failed or cancelled turn in a new turn of its thread.

        Raises `NotFound`, `Unprocessable` for any other turn and where the thread has moved on, and
        what `turns.accept` raises.
        """
        ...


class HttpOperations(Operations):
    """Operations over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def overview(self) -> Overview:
        return Overview.model_validate_json(await self._send("GET", "/operations/overview"))

    async def seen(self, worker: WorkerHeartbeat) -> None:
        await self._send("PUT", f"/workers/{segment(worker.instance)}", worker)

    async def gone(self, instance: str) -> None:
        await self._send("DELETE", f"/workers/{segment(instance)}")

    async def turns(self, wanted: TurnSearch) -> TurnList:
        asked = wanted.model_dump(mode="json", exclude_none=True)
        return TurnList.model_validate_json(
            await self._send("GET", "/operations/turns", params=asked)
        )

    async def turn(self, turn_id: str) -> TurnDetails:
        answer = await self._send("GET", _path(turn_id))
        return TurnDetails.model_validate_json(answer)

    async def read(self, turn_id: str, actor: Actor | None = None) -> TurnContent:
        answer = await self._send(
            "POST", f"{_path(turn_id)}/content", owner=CallIdentity(None, actor)
        )
        return TurnContent.model_validate_json(answer)

    async def cancel(self, turn_id: str, actor: Actor | None = None) -> TurnSummary:
        answer = await self._send(
            "POST", f"{_path(turn_id)}/cancel", owner=CallIdentity(None, actor)
        )
        return TurnSummary.model_validate_json(answer)

    async def run_again(
        self, turn_id: str, command: RunAgain, actor: Actor | None = None
    ) -> TurnStarted:
        path = f"{_path(turn_id)}/run-again"
        answer = await self._send("POST", path, command, owner=CallIdentity(None, actor))
        return TurnStarted.model_validate_json(answer)


def _path(turn_id: str) -> str:
    return f"/operations/turns/{segment(turn_id)}"
