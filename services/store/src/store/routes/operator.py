"""What an operator may do. These routes are for the inside of a deployment only."""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.turns import DeadLetter

from store.database import transaction
from store.dead_letters import list_dead_letters, requeue_dead_letter, show_dead_letter
from store.state import Parts

router = APIRouter(prefix="/dead-letters", tags=["operator"])


@router.get("")
async def listing(
    parts: Parts, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[DeadLetter]:
    """Dead letters, newest first."""
    async with transaction(parts.engine) as connection:
        return await list_dead_letters(connection, limit)


@router.get("/{turn_id}")
async def show(turn_id: str, parts: Parts) -> DeadLetter:
    """One dead letter with its request."""
    async with transaction(parts.engine) as connection:
        return await show_dead_letter(connection, turn_id)


@router.post("/{turn_id}/requeue", status_code=204)
async def requeue(turn_id: str, parts: Parts) -> None:
    """Run a dead letter again."""
    async with transaction(parts.engine) as connection:
        announcements = await requeue_dead_letter(connection, turn_id)
    await parts.announcer.publish(announcements)
