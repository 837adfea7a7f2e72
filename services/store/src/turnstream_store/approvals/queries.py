"""Queries on runs that wait for a person."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.approvals import PauseRun, Verdict, WaitingCall
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json

from turnstream_store.approvals.tables import PausedRunRow
from turnstream_store.database.owners import owned_by, owner_of_row
from turnstream_store.turns.tables import TurnRow


async def save(session: AsyncSession, turn: TurnRow, command: PauseRun) -> None:
    """Add the paused run of a turn, or replace it while no turn has resumed it."""
    statement = insert(PausedRunRow).values(
        {
            PausedRunRow.turn_id: turn.id,
            PausedRunRow.thread_id: turn.thread_id,
            PausedRunRow.tenant: turn.tenant,
            PausedRunRow.owner: turn.owner,
            PausedRunRow.state: command.state,
            PausedRunRow.calls: [call.model_dump() for call in command.calls],
        }
    )
    changed = {
        col(PausedRunRow.state): statement.excluded.state,
        col(PausedRunRow.calls): statement.excluded.calls,
    }
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=[col(PausedRunRow.turn_id)],
            set_=changed,
            where=col(PausedRunRow.resumed_by).is_(None),
        )
    )


async def lock_newest(
    session: AsyncSession, turn: TurnRow, call_id: str | None
) -> PausedRunRow | None:
    """The newest paused run of the turn's thread, locked, in which that call waited, or any.

    The turn may run again: the run that it resumed comes before all others, and the one with which
    it ended itself is left out.
    """
    query = select(PausedRunRow).where(
        PausedRunRow.thread_id == turn.thread_id,
        *owned_by(PausedRunRow, owner_of_row(turn)),
        PausedRunRow.turn_id != turn.id,
    )
    if call_id is not None:
        query = query.where(col(PausedRunRow.calls).contains([{"call_id": call_id}]))
    query = query.order_by(
        col(PausedRunRow.resumed_by).is_not_distinct_from(turn.id).desc(),
        col(PausedRunRow.paused_at).desc(),
        col(PausedRunRow.turn_id).desc(),
    )
    return (await session.exec(query.limit(1).with_for_update())).one_or_none()


async def resume(
    session: AsyncSession, owner: Owner, turn_id: str, resumed_by: str, decision: Json
) -> None:
    """Note which turn resumes a locked run, and with which decision."""
    values = {PausedRunRow.resumed_by: resumed_by, PausedRunRow.decision: decision}
    query = update(PausedRunRow).where(
        col(PausedRunRow.turn_id) == turn_id, *owned_by(PausedRunRow, owner)
    )
    await session.exec(query.values(values))


async def agreed_to(
    session: AsyncSession, owner: Owner, thread_id: str, turn_id: str, call_id: str
) -> Sequence[WaitingCall]:
    """What waited in the runs that this turn resumed by agreeing to that call."""
    decision = col(PausedRunRow.decision)
    query = select(PausedRunRow.calls).where(
        *owned_by(PausedRunRow, owner),
        PausedRunRow.thread_id == thread_id,
        PausedRunRow.resumed_by == turn_id,
        decision.contains({"call_id": call_id, "verdict": Verdict.APPROVED}),
    )
    return [_call(each) for calls in (await session.exec(query)).all() for each in calls]


async def waiting_calls(session: AsyncSession, owner: Owner, turn_id: str) -> Sequence[WaitingCall]:
    """The calls about which nobody has decided yet, of the run with which a turn ended."""
    query = select(PausedRunRow.calls).where(
        *owned_by(PausedRunRow, owner),
        PausedRunRow.turn_id == turn_id,
        col(PausedRunRow.resumed_by).is_(None),
    )
    return [_call(each) for each in (await session.exec(query)).one_or_none() or ()]


def _call(document: Json) -> WaitingCall:
    return WaitingCall.model_validate(document)
