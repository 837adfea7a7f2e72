"""Runs that wait for a person."""

from typing import Protocol

from turnstream.contracts.approvals import PauseRun, ResumeRun, Resumption
from turnstream.contracts.owner import Owner
from turnstream.store_client.http.transport import Transport, segment


class PausedRuns(Protocol):
    """A paused run is resumed once, by one turn, with one decision. Both calls raise `Fenced`
    unless the attempt is the running one.
    """

    async def pause(self, owner: Owner, turn_id: str, command: PauseRun) -> None:
        """Keep the run with which a turn ends; another one of the same turn replaces it."""
        ...

    async def resume(self, owner: Owner, turn_id: str, command: ResumeRun) -> Resumption:
        """Take the newest run that waits in the turn's thread. Raises `NotFound`.

        The first turn gets its state, in each of its attempts. Any later one gets no state and is
        told the decision that came first.
        """
        ...


class HttpPausedRuns(PausedRuns):
    """Paused runs over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def pause(self, owner: Owner, turn_id: str, command: PauseRun) -> None:
        path = f"/turns/{segment(turn_id)}/paused-run"
        await self._send("PUT", path, command, owner=owner)

    async def resume(self, owner: Owner, turn_id: str, command: ResumeRun) -> Resumption:
        path = f"/turns/{segment(turn_id)}/resumption"
        answer = await self._send("POST", path, command, owner=owner)
        return Resumption.model_validate_json(answer)
