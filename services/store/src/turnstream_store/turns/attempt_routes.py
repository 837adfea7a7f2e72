"""What a running attempt writes. Every write names the attempt; an older one is refused (409)."""

from fastapi import APIRouter, Response
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt

from turnstream_store.dependencies import Parts
from turnstream_store.turns import queries as turns
from turnstream_store.turns.writing import patch_for_attempt, write_attempt

router = APIRouter(prefix="/turns/{turn_id}", tags=["attempts"])


@router.post("/writes", status_code=204)
async def write(turn_id: str, command: WriteAttempt, parts: Parts) -> Response:
    """Write what an attempt did: steps, items, and the end of its turn."""
    announcements = await write_attempt(parts.database, turn_id, command)
    return Response(status_code=204, background=parts.announcer.after(announcements))


@router.patch("/thread", status_code=204)
async def patch_thread(turn_id: str, command: ThreadPatch, parts: Parts) -> None:
    """Set the fields of the turn's thread that changed."""
    async with parts.database.transaction() as connection:
        await patch_for_attempt(connection, turn_id, command)


@router.get("/journal")
async def journal(turn_id: str, parts: Parts) -> dict[str, str]:
    """Every step journaled in a turn."""
    async with parts.database.transaction() as connection:
        return await turns.recorded_steps(connection, turn_id)
