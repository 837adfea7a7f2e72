"""Threads and their items: read by clients as bytes, changed field by field."""

from collections.abc import Iterable

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.contracts.turns import CancelReason, Json, TurnStatus
from turnstream.errors import NotFound
from turnstream.redis.topology import LOG_TTL

from turnstream_store.announcements import Announcement, CancelRequested, LogDropped, TurnDeleted
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.threads.pages import Window
from turnstream_store.turns import queries as turns

FIRST_PAGE = 20
"""Items that `threads.get_by_id` brings along, oldest first, as the stock server does."""


async def thread_document(connection: AsyncConnection, owner: str, thread_id: str) -> bytes:
    """The answer to `threads.get_by_id`. Looking at a thread means its owner is back."""
    row = await threads.load(connection, owner, thread_id)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    await threads.came_back(connection, thread_id)
    page, has_more = await items.page(connection, thread_id, Window(FIRST_PAGE, newest_first=False))
    head = orjson.dumps(threads.public_json(row))[:-1]
    return head + b',"items":' + _page_of(page, has_more) + b"}"


async def items_document(
    connection: AsyncConnection,
    owner: str,
    thread_id: str,
    window: Window,
    seen_by: tuple[str, int] | None = None,
) -> bytes:
    """A page of items: the answer to `items.list`, or what a running attempt may see."""
    if await threads.load(connection, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    page, has_more = await items.page(connection, thread_id, window, seen_by)
    return _page_of(page, has_more)


async def threads_document(
    connection: AsyncConnection, owner: str, window: Window, *, public: bool = True
) -> bytes:
    """A page of threads: the answer to `threads.list`, or metadata for an assistant."""
    rows, has_more = await threads.page(connection, owner, window)
    if public:
        empty: Json = {"items": {"data": [], "has_more": False}}
        documents = [{**threads.public_json(row), **empty} for row in rows]
    else:
        documents = [threads.metadata_json(row) for row in rows]
    return _page_of(((row["id"], orjson.dumps(row).decode()) for row in documents), has_more)


async def create_thread(connection: AsyncConnection, owner: str, thread_id: str) -> None:
    """Make the thread unless its owner has it. Raises `NotFound` when it is somebody else's."""
    await threads.insert_unless_known(connection, thread_id, owner)
    if await threads.load(connection, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")


async def patch_thread(
    connection: AsyncConnection, owner: str, thread_id: str, patch: ThreadPatch
) -> bytes:
    """Change a thread for its owner; the answer to `threads.update`."""
    row = await threads.load(connection, owner, thread_id, lock=True)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    row = await threads.patch(connection, row, patch.fields, patch.metadata)
    empty: Json = {"items": {"data": [], "has_more": False}}
    return orjson.dumps({**threads.public_json(row), **empty})


async def delete_thread(
    connection: AsyncConnection, owner: str, thread_id: str
) -> list[Announcement]:
    """Delete a thread with all it holds; its active turns end for their viewers.

    The logs of its turns hold what was said too, and go with it.
    """
    if await threads.load(connection, owner, thread_id, lock=True) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    with_logs = await turns.active_or_ended_within(connection, thread_id, LOG_TTL)
    await threads.delete(connection, owner, thread_id)
    announcements: list[Announcement] = []
    for row in with_logs:
        if TurnStatus(row.status).ended:
            announcements.append(LogDropped(row.id))
        else:
            announcements.append(CancelRequested(row.id, CancelReason.STOP))
            announcements.append(TurnDeleted(row.id, row.attempt + 1))
    return announcements


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


def stored_item(item: Json, public: Json | None = None) -> StoredItem:
    """An item in the form to store, with a public form only where it differs."""
    return StoredItem(
        item_id=item["id"],
        type=item["type"],
        payload=orjson.dumps(item).decode(),
        public=orjson.dumps(public).decode() if public not in (None, item) else None,
    )


def _page_of(rows: Iterable[tuple[str, str]], has_more: bool) -> bytes:
    rows = list(rows)
    data = b",".join(document.encode() for _, document in rows)
    after = b',"after":' + orjson.dumps(rows[-1][0]) if rows and has_more else b""
    return (
        b'{"data":[' + data + b'],"has_more":' + (b"true" if has_more else b"false") + after + b"}"
    )
