"""Recordings over HTTP."""

from fastapi import APIRouter
from turnstream.contracts.operating.recordings import Recording

from turnstream_store.dependencies import CurrentActor, Services
from turnstream_store.recordings.rules import record_turn

router = APIRouter(tags=["operator"])


@router.get("/recordings/{turn_id}")
async def recording(turn_id: str, services: Services, actor: CurrentActor) -> Recording:
    """A turn with all that decided how it went: history, journal, tool results and event log."""
    return await record_turn(services.database, services.announcer.event_log, turn_id, actor)
