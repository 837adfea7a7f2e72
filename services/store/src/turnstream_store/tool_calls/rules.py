"""The ledger: a tool call happens once per key, however often it is asked for."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import (
    BeginCall,
    CallDecision,
    FinishCall,
    LedgerAnswer,
    ToolFailure,
    ToolResult,
)
from turnstream.errors import Fenced

from turnstream_store.approvals import queries as paused_runs
from turnstream_store.tool_calls import queries as ledger
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns import queries as turns


async def begin_call(session: AsyncSession, command: BeginCall) -> LedgerAnswer:
    """Decide what becomes of a call.

    The turn's share lock keeps an older attempt from starting anything after a takeover. Then the
    row of the key decides, under its lock. The service that inserts it runs the call; while its
    lease lasts everybody else attaches; a recorded result is repeated. When the runner died the
    outcome is unknown: an idempotent call runs again under the next run number, which fences the
    old runner; any other is recorded as `outcome_unknown`, so that it is never repeated.

    Nothing is believed of anyone who asks: the turn must be the owner's that they name, its thread
    is told from its own row, a key belongs to one turn and tool, and a tool that needs an approval
    runs only if the run that this turn resumed was resumed by agreeing to this very call.
    """
    owner = command.caller
    thread_id = await turns.thread_held(session, owner, command.turn_id, command.attempt)
    if thread_id is None:
        return LedgerAnswer(decision=CallDecision.FENCED)
    if not await _approved(session, thread_id, command):
        return _not_approved()
    if await ledger.add(session, command):
        return LedgerAnswer(decision=CallDecision.RUN, run=1, thread_id=thread_id)
    locked = await ledger.lock(session, owner, command.key)
    if locked is None or not _is_of(locked.row, command):  # the key of another call
        return LedgerAnswer(decision=CallDecision.FENCED)
    row, abandoned = locked
    if row.result is not None:
        return LedgerAnswer(
            decision=CallDecision.RECORDED, result=ToolResult.model_validate_json(row.result)
        )
    if not abandoned:
        await ledger.reply_elsewhere(session, owner, command.key, command.reply_to)
        return LedgerAnswer(decision=CallDecision.ATTACH, run=row.run)
    if command.idempotent:
        await ledger.run_again(session, command, row.run + 1)
        return LedgerAnswer(decision=CallDecision.RUN, run=row.run + 1, thread_id=thread_id)
    unknown = ToolResult(
        failure=ToolFailure.OUTCOME_UNKNOWN,
        detail="The service that ran this call died; it may or may not have taken effect.",
    )
    await ledger.finish(session, owner, command.key, row.run, unknown.model_dump_json())
    return LedgerAnswer(decision=CallDecision.OUTCOME_UNKNOWN, result=unknown)


def _is_of(row: ToolCallRow, command: BeginCall) -> bool:
    return (row.turn_id, row.tool) == (command.turn_id, command.tool)


async def _approved(session: AsyncSession, thread_id: str, command: BeginCall) -> bool:
    """Whether the call may run: its tool needs no approval, or somebody agreed to this call."""
    needed = command.approval
    if needed is None:
        return True
    agreed = await paused_runs.agreed_to(
        session, command.caller, thread_id, command.turn_id, needed.call_id
    )
    return any(call.is_for(command.turn_id, command.key, command.tool, needed) for call in agreed)


def _not_approved() -> LedgerAnswer:
    """It is not recorded: the same call may be agreed to later."""
    result = ToolResult(
        failure=ToolFailure.NOT_APPROVED,
        detail="This tool needs an approval, and there is none for this call with its arguments.",
    )
    return LedgerAnswer(decision=CallDecision.NOT_APPROVED, result=result)


async def finish_call(session: AsyncSession, owner: Owner, key: str, command: FinishCall) -> None:
    """Record a result. Raises `Fenced` when another run, or another result, came first."""
    text = command.result.model_dump_json()
    if not await ledger.finish(session, owner, key, command.run, text):
        raise Fenced(f"Run {command.run} of call {key} is not the newest, or it has ended.")
