"""Approvals: a run that waits for a person is taken up once, by one turn, with one decision."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.approvals import Decision, PauseRun, ResumeRun, Resumption, WaitingCall
from turnstream.errors import NotFound

from turnstream_store.approvals import queries as paused_runs
from turnstream_store.fencing import checked
from turnstream_store.turns import queries as turns


async def pause_run(connection: AsyncConnection, turn_id: str, command: PauseRun) -> None:
    """Keep the run with which a turn ends. Raises `Fenced` for a superseded attempt."""
    turn: Any = await turns.load(connection, turn_id)
    checked(await turns.holds(connection, turn_id, command.attempt), turn_id)
    await paused_runs.save(
        connection,
        {
            "turn_id": turn_id,
            "thread_id": turn.thread_id,
            "owner": turn.owner,
            "state": command.state,
            "calls": [call.model_dump() for call in command.calls],
        },
    )


async def resume_run(connection: AsyncConnection, turn_id: str, command: ResumeRun) -> Resumption:
    """Give a turn what waits in its own thread, unless another turn took it up before.

    The decision that came first stays, and is told to whoever comes later. A turn that runs again
    gets what it got before. Raises `NotFound` where nothing waited, `Fenced` for a superseded
    attempt.
    """
    turn: Any = await turns.load(connection, turn_id)
    checked(await turns.holds(connection, turn_id, command.attempt), turn_id)
    row: Any = await paused_runs.lock_newest(
        connection,
        turn.owner,
        turn.thread_id,
        turn_id=turn_id,
        call_id=command.decision.call_id,
    )
    if row is None:
        raise NotFound("Nothing waits for this decision.")
    decision = command.decision.model_dump(mode="json")
    if row.resumed_by is None:
        await paused_runs.take(connection, row.turn_id, turn_id, decision)
    mine = row.resumed_by in (None, turn_id)
    return Resumption(
        calls=[WaitingCall.model_validate(call) for call in row.calls],
        decision=Decision.model_validate(row.decision or decision),
        state=row.state if mine else None,
    )
