"""Runs that wait for a person, for the turns that pause and resume them."""

from fastapi import APIRouter
from turnstream.contracts.approvals import PauseRun, ResumeRun, Resumption

from turnstream_store.approvals import rules
from turnstream_store.dependencies import Owner, Session

router = APIRouter(prefix="/turns/{turn_id}", tags=["approvals"])


@router.put("/paused-run", status_code=204)
async def pause(turn_id: str, owner: Owner, command: PauseRun, session: Session) -> None:
    """Keep the run with which a turn ends."""
    await rules.pause_run(session, owner, turn_id, command)


@router.post("/resumption")
async def resume(turn_id: str, owner: Owner, command: ResumeRun, session: Session) -> Resumption:
    """Resume what waits in the turn's thread."""
    return await rules.resume_run(session, owner, turn_id, command)
