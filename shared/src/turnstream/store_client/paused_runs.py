"""Runs that wait for a person."""

from turnstream.contracts.approvals import PauseRun, ResumeRun, Resumption
from turnstream.store_client.transport import Transport, segment


class PausedRuns:
    """See `turnstream_store.approvals.rules` for what each call promises. Both raise `Fenced`."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def pause(self, turn_id: str, command: PauseRun) -> None:
        """Keep the run with which a turn ends."""
        await self._send("PUT", f"/turns/{segment(turn_id)}/paused-run", command)

    async def resume(self, turn_id: str, command: ResumeRun) -> Resumption:
        """Take up what waits in the turn's thread. Raises `NotFound`."""
        answer = await self._send("POST", f"/turns/{segment(turn_id)}/resumption", command)
        return Resumption.model_validate_json(answer)
