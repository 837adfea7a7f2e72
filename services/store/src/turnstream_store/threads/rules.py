"""Threads and their items: read by clients as bytes, changed field by field."""

from collections.abc import Callable, Sequence

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PAGE_BYTES
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.contracts.turns import CancelReason, Json, TurnStatus
from turnstream.errors import NotFound
from turnstream.redis.topology import LOG_TTL

from turnstream_store.announcements import Announcement, CancelRequested, LogDropped, TurnDeleted
from turnstream_store.database.pages import Window
from turnstream_store.threads import documents
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.threads.tables import ThreadRow
from turnstream_store.turns import queries as turns
from turnstream_store.turns.waiting.promotion import promote_next

FIRST_PAGE = 20
"""Items that `threads.get_by_id` brings along, oldest first, as the stock server does."""


async def thread_document(session: AsyncSession, owner: Owner, thread_id: str) -> bytes:
    """The answer to `threads.get_by_id`. Looking at a thread means its owner is back."""
    row = await threads.load(session, owner, thread_id)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    await turns.came_back(session, owner, thread_id)
    first = Window(FIRST_PAGE, newest_first=False)
    page, has_more = await items.page(session, owner, thread_id, first)
    head = orjson.dumps(documents.public_json(row))[:-1]
    return head + b',"items":' + documents.page_document(page, has_more=has_more) + b"}"


async def items_document(
    session: AsyncSession,
    owner: Owner,
    thread_id: str,
    window: Window,
    seen_by: tuple[str, int] | None = None,
) -> bytes:
    """A page of items: the answer to `items.list`, or what a running attempt may see."""
    if await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    page, has_more = await items.page(session, owner, thread_id, window, seen_by)
    return documents.page_document(page, has_more=has_more)


async def threads_document(
    session: AsyncSession, owner: Owner, window: Window, among: int | None = None
) -> bytes:
    """A page of threads: the answer to `threads.list`. `among` names how many of the newest."""
    rows, has_more = await threads.page(session, owner, window, among)
    return _page(rows, documents.empty_thread, has_more=has_more)


async def metadata_document(session: AsyncSession, owner: Owner, window: Window) -> bytes:
    """A page of threads' metadata, for an assistant."""
    rows, has_more = await threads.page(session, owner, window)
    return _page(rows, documents.metadata_json, has_more=has_more)


def _page(rows: Sequence[ThreadRow], form: Callable[[ThreadRow], Json], *, has_more: bool) -> bytes:
    page, size = list[tuple[str, str]](), 0
    for row in rows:
        document = orjson.dumps(form(row)).decode()
        size += len(document)
        if page and size > PAGE_BYTES:
            return documents.page_document(page, has_more=True)
        page.append((row.id, document))
    return documents.page_document(page, has_more=has_more)


async def thread_metadata(session: AsyncSession, owner: Owner, thread_id: str) -> Json:
    """A thread as an assistant sees it. Raises `NotFound`."""
    row = await threads.load(session, owner, thread_id)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    return documents.metadata_json(row)


async def create_thread(session: AsyncSession, owner: Owner, thread_id: str) -> None:
    """Make the thread unless its owner has it. Raises `NotFound` when it is somebody else's."""
    await threads.add_unless_known(session, thread_id, owner)
    if await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")


async def patch_thread(
    session: AsyncSession, owner: Owner, thread_id: str, patch: ThreadPatch
) -> bytes:
    """Change a thread for its owner; the answer to `threads.update`."""
    row = await threads.load(session, owner, thread_id, lock=True)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    await threads.patch(session, row, patch.fields, patch.metadata)
    if patch.fields:
        await turns.note_thread_changes(session, owner, thread_id, patch.fields)
    return orjson.dumps(documents.empty_thread(row))


async def delete_thread(session: AsyncSession, owner: Owner, thread_id: str) -> list[Announcement]:
    """Delete a thread with all it holds; its active turns end for their viewers.

    The logs of its turns hold what was said too, and go with it.
    """
    if await threads.load(session, owner, thread_id, lock=True) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    with_logs = await turns.active_or_ended_within(session, owner, thread_id, LOG_TTL)
    await threads.remove(session, owner, thread_id)
    announcements: list[Announcement] = []
    for row in with_logs:
        if TurnStatus(row.status).ended:
            announcements.append(LogDropped(row.id))
        else:
            announcements.append(CancelRequested(row.id, CancelReason.STOP))
            announcements.append(TurnDeleted(row.id, row.attempt + 1))
    return announcements + await promote_next(session, owner)


async def load_item(session: AsyncSession, owner: Owner, thread_id: str, item_id: str) -> bytes:
    """An item in full. Raises `NotFound`."""
    row = await items.load(session, owner, thread_id, item_id)
    if row is None:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return row.payload.encode()


async def remove_item(session: AsyncSession, owner: Owner, thread_id: str, item_id: str) -> None:
    """Delete an item from outside any turn. Raises `NotFound`."""
    await load_item(session, owner, thread_id, item_id)
    await items.remove(session, owner, thread_id, [item_id])


async def save_outside_turn(
    session: AsyncSession, owner: Owner, thread_id: str, item: StoredItem
) -> None:
    """Add or replace an item from a short call, which runs beside any turn."""
    if await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    await items.add(session, owner, thread_id, item)


def stored_item(item: Json, public: Json | None = None) -> StoredItem:
    """An item in the form to store, with a public form only where it differs."""
    return StoredItem(
        item_id=item["id"],
        type=item["type"],
        payload=orjson.dumps(item).decode(),
        public=orjson.dumps(public).decode() if public not in (None, item) else None,
    )
