"""Single items, for assistants and for requests that name some."""

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem
from turnstream.errors import NotFound

from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads


async def load_item(connection: AsyncConnection, owner: str, thread_id: str, item_id: str) -> bytes:
    """An item in full. Raises `NotFound`."""
    row = await items.load(connection, owner, thread_id, item_id)
    if row is None:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return str(row.payload).encode()


async def save_outside_turn(
    connection: AsyncConnection, owner: str, thread_id: str, item: StoredItem
) -> None:
    """Add or replace an item from a short call, which runs beside any turn."""
    if await threads.load(connection, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    await items.add(connection, thread_id, owner, item)
