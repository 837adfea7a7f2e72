"""Paused runs in memory."""

from turnstream.contracts.approvals import PauseRun, ResumeRun, Resumption
from turnstream.contracts.owner import Owner
from turnstream.errors import BadRequest, NotFound
from turnstream.store_client.approvals import PausedRuns
from turnstream.testing.memory.records import PausedRun
from turnstream.testing.memory.state import State


class MemoryPausedRuns(PausedRuns):
    """Paused runs by the turn that ended with them."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def pause(self, owner: Owner, turn_id: str, command: PauseRun) -> None:
        try:
            command = PauseRun.model_validate(command.model_dump())
        except ValueError as error:
            raise BadRequest(str(error)) from error
        turn = self._state.running(turn_id, command.attempt, owner)
        known = self._state.paused_runs.get(turn_id)
        if known is None:
            order = next(self._state.numbers)
            self._state.paused_runs[turn_id] = PausedRun(
                turn_id, turn.thread_id, command.state, command.calls, order
            )
        elif known.resumed_by is None:
            known.state, known.calls = command.state, command.calls

    async def resume(self, owner: Owner, turn_id: str, command: ResumeRun) -> Resumption:
        turn = self._state.running(turn_id, command.attempt, owner)
        waiting = [
            run
            for run in self._state.paused_runs.values()
            if run.thread_id == turn.thread_id
            and run.turn_id != turn_id
            and command.decision.call_id in (None, *(call.call_id for call in run.calls))
        ]
        if not waiting:
            raise NotFound("Nothing waits for this decision.")
        run = max(waiting, key=lambda each: (each.resumed_by == turn_id, each.order))
        if run.resumed_by is None:
            run.resumed_by, run.decision = turn_id, command.decision
        assert run.decision is not None
        state = run.state if run.resumed_by == turn_id else None
        return Resumption(calls=run.calls, decision=run.decision, state=state)
