"""The ledger of tool calls in memory."""

from turnstream.contracts.approvals import Verdict
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import (
    BeginCall,
    CallDecision,
    FinishCall,
    LedgerAnswer,
    RenewCalls,
    RenewedCalls,
    ToolFailure,
    ToolResult,
)
from turnstream.errors import Fenced
from turnstream.store_client.tool_calls import ToolCalls
from turnstream.testing.memory.records import Call
from turnstream.testing.memory.state import State


class MemoryToolCalls(ToolCalls):
    """Calls by key."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def begin(self, command: BeginCall) -> LedgerAnswer:
        try:
            turn = self._state.running(command.turn_id, command.attempt, command.caller)
        except Fenced:
            return LedgerAnswer(decision=CallDecision.FENCED)
        if not self._approved(command):
            result = ToolResult(failure=ToolFailure.NOT_APPROVED)
            return LedgerAnswer(decision=CallDecision.NOT_APPROVED, result=result)
        now = self._state.now()
        call = self._state.calls.get(command.key)
        if call is None:
            call = Call(command.turn_id, command.tool, command.instance, now + command.lease)
            self._state.calls[command.key] = call
            return LedgerAnswer(decision=CallDecision.RUN, run=1, thread_id=turn.thread_id)
        if (call.turn_id, call.tool) != (command.turn_id, command.tool):
            return LedgerAnswer(decision=CallDecision.FENCED)
        if call.result is not None:
            return LedgerAnswer(decision=CallDecision.RECORDED, result=call.result)
        if call.lease_until >= now:
            return LedgerAnswer(decision=CallDecision.ATTACH, run=call.run)
        if command.idempotent:
            call.run += 1
            call.instance, call.lease_until = command.instance, now + command.lease
            return LedgerAnswer(decision=CallDecision.RUN, run=call.run, thread_id=turn.thread_id)
        call.result = ToolResult(
            failure=ToolFailure.OUTCOME_UNKNOWN,
            detail="The service that ran this call died; it may or may not have taken effect.",
        )
        return LedgerAnswer(decision=CallDecision.OUTCOME_UNKNOWN, result=call.result)

    def _approved(self, command: BeginCall) -> bool:
        needed = command.approval
        return needed is None or any(
            call.is_for(command.turn_id, command.key, command.tool, needed)
            for run in self._state.paused_runs.values()
            if run.resumed_by == command.turn_id and run.decision is not None
            if run.decision.verdict is Verdict.APPROVED
            if run.decision.call_id == needed.call_id
            for call in run.calls
        )

    async def renew(self, command: RenewCalls) -> RenewedCalls:
        held: list[str] = []
        for key, run in command.calls.items():
            call = self._state.calls.get(key)
            if call and (call.run, call.instance, call.result) == (run, command.instance, None):
                call.lease_until = self._state.now() + command.lease
                held.append(key)
        return RenewedCalls(held=held)

    async def finish(self, owner: Owner, key: str, command: FinishCall) -> None:
        call = self._state.calls.get(key)
        turn = self._state.turns.get(call.turn_id) if call is not None else None
        theirs = turn is not None and turn.owner == owner
        if call is None or not theirs or call.run != command.run or call.result is not None:
            raise Fenced(f"Run {command.run} of call {key} is not the newest, or it has ended.")
        call.result = command.result
