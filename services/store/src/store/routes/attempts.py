"""What a running attempt writes. Every write names the attempt; an older one is refused (409)."""

from fastapi import APIRouter
from turnstream.contracts.store_api import JournalEntry, SaveItem, ThreadPatch

from store.database import transaction
from store.fencing import checked
from store.repositories import attempt_items, steps
from store.state import Parts
from store.threads import patch_for_attempt

router = APIRouter(prefix="/turns/{turn_id}", tags=["attempts"])


@router.put("/items", status_code=204)
async def save_item(turn_id: str, command: SaveItem, parts: Parts) -> None:
    """Add or replace an item of the turn's thread."""
    async with transaction(parts.engine) as connection:
        if command.again:
            held = await attempt_items.bring_again(
                connection, turn_id, command.attempt, command.item.item_id
            )
        else:
            held = await attempt_items.save(connection, turn_id, command.attempt, command.item)
        checked(held, turn_id)


@router.delete("/items/{item_id}", status_code=204)
async def remove_item(turn_id: str, item_id: str, attempt: int, parts: Parts) -> None:
    """Delete an item of the turn's thread."""
    async with transaction(parts.engine) as connection:
        checked(await attempt_items.remove(connection, turn_id, attempt, item_id), turn_id)


@router.patch("/thread", status_code=204)
async def patch_thread(turn_id: str, command: ThreadPatch, parts: Parts) -> None:
    """Set the fields of the turn's thread that changed."""
    async with transaction(parts.engine) as connection:
        await patch_for_attempt(connection, turn_id, command)


@router.put("/journal/{key}", status_code=204)
async def record(turn_id: str, key: str, command: JournalEntry, parts: Parts) -> None:
    """Journal a step."""
    async with transaction(parts.engine) as connection:
        checked(
            await steps.record(connection, turn_id, command.attempt, key, command.value), turn_id
        )


@router.get("/journal")
async def journal(turn_id: str, parts: Parts) -> dict[str, str]:
    """Every step journaled in a turn."""
    async with transaction(parts.engine) as connection:
        return await steps.recorded(connection, turn_id)
