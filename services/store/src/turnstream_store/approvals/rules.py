"""Approvals: a run that waits for a person is resumed once, by one turn, with one decision."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.approvals import Decision, PauseRun, ResumeRun, Resumption, WaitingCall
from turnstream.contracts.owner import Owner
from turnstream.errors import NotFound

from turnstream_store.approvals import queries as paused_runs
from turnstream_store.fencing import refused
from turnstream_store.turns import queries as turns
from turnstream_store.turns.tables import TurnRow


async def pause_run(session: AsyncSession, owner: Owner, turn_id: str, command: PauseRun) -> None:
    """Keep the run with which a turn ends. Raises `Fenced` for a superseded attempt."""
    turn = await _running_turn(session, owner, turn_id, command.attempt)
    await paused_runs.save(session, turn, command)


async def resume_run(
    session: AsyncSession, owner: Owner, turn_id: str, command: ResumeRun
) -> Resumption:
    """Give a turn the run that waits in its own thread, unless another turn has resumed it.

    The first decision stays, and every later turn is told it. A turn that runs again gets what it
    got before. Raises `NotFound` where nothing waited, `Fenced` for a superseded attempt.
    """
    turn = await _running_turn(session, owner, turn_id, command.attempt)
    row = await paused_runs.lock_newest(session, turn, command.decision.call_id)
    if row is None:
        raise NotFound("Nothing waits for this decision.")
    decision = command.decision.model_dump(mode="json")
    if row.resumed_by is None:
        await paused_runs.resume(session, owner, row.turn_id, turn_id, decision)
    is_ours = row.resumed_by in (None, turn_id)
    return Resumption(
        calls=[WaitingCall.model_validate(call) for call in row.calls],
        decision=Decision.model_validate(row.decision or decision),
        state=row.state if is_ours else None,
    )


async def _running_turn(session: AsyncSession, owner: Owner, turn_id: str, attempt: int) -> TurnRow:
    turn = await turns.load(session, owner, turn_id)
    if turn is None or not await turns.holds(session, owner, turn_id, attempt):
        raise refused(turn_id)
    return turn
