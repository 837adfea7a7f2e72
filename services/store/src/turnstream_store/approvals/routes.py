"""Runs that wait for a person, as the turns that pause them and take them up see them."""

from fastapi import APIRouter
from turnstream.contracts.approvals import PauseRun, ResumeRun, Resumption

from turnstream_store.approvals.rules import pause_run, resume_run
from turnstream_store.dependencies import Parts

router = APIRouter(prefix="/turns/{turn_id}", tags=["approvals"])


@router.put("/paused-run", status_code=204)
async def pause(turn_id: str, command: PauseRun, parts: Parts) -> None:
    """Keep the run with which a turn ends."""
    async with parts.database.transaction() as connection:
        await pause_run(connection, turn_id, command)


@router.post("/resumption")
async def resume(turn_id: str, command: ResumeRun, parts: Parts) -> Resumption:
    """Take up what waits in the turn's thread."""
    async with parts.database.transaction() as connection:
        return await resume_run(connection, turn_id, command)
