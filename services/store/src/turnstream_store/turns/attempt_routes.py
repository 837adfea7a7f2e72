"""What a running attempt writes. Every write names the attempt; an older one is refused (409)."""

from fastapi import APIRouter
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt

from turnstream_store.dependencies import Announce, Services, Session
from turnstream_store.turns import queries, writing

router = APIRouter(prefix="/turns/{turn_id}", tags=["attempts"])


@router.post("/writes", status_code=204)
async def write(
    turn_id: str, command: WriteAttempt, services: Services, announce: Announce
) -> None:
    """Write what an attempt did: steps, items, and the end of its turn."""
    announce(await writing.write_attempt(services.database, turn_id, command))


@router.patch("/thread", status_code=204)
async def patch_thread(turn_id: str, command: ThreadPatch, session: Session) -> None:
    """Set the fields of the turn's thread that changed."""
    await writing.patch_for_attempt(session, turn_id, command)


@router.get("/journal")
async def journal(turn_id: str, session: Session) -> dict[str, str]:
    """Every step journaled in a turn."""
    return await queries.recorded_steps(session, turn_id)
