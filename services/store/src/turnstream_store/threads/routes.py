"""Threads and items over HTTP. Answers are made of stored JSON, byte for byte."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.errors import NotFound

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.threads import item_queries as item_rows
from turnstream_store.threads import queries as thread_rows
from turnstream_store.threads.pages import Window
from turnstream_store.threads.rules import (
    create_thread,
    delete_thread,
    items_document,
    load_item,
    patch_thread,
    save_outside_turn,
    thread_document,
    threads_document,
)

router = APIRouter(prefix="/threads", tags=["threads"])

Order = Literal["asc", "desc"]
Limit = Annotated[int, Query(ge=1, le=1000)]
MAX_PAGE = 100
"""Rows a page holds at most, whatever a client asks for."""


def _window(limit: Limit = 20, order: Order = "desc", after: str | None = None) -> Window:
    return Window(min(limit, MAX_PAGE), order == "desc", after)


Asked = Annotated[Window, Depends(_window)]


def _json(document: bytes) -> Response:
    return Response(document, media_type="application/json")


@router.get("")
async def list_threads(
    owner: Owner,
    parts: Parts,
    window: Asked,
    public: bool = True,
) -> Response:
    """A page of the owner's threads."""
    async with parts.database.transaction() as connection:
        return _json(await threads_document(connection, owner, window, public=public))


@router.get("/{thread_id}")
async def get_thread(thread_id: str, owner: Owner, parts: Parts) -> Response:
    """A thread with its first items, as its owner's client sees it."""
    async with parts.database.transaction() as connection:
        return _json(await thread_document(connection, owner, thread_id))


@router.get("/{thread_id}/metadata")
async def get_metadata(thread_id: str, owner: Owner, parts: Parts) -> dict[str, object]:
    """A thread as an assistant sees it."""
    async with parts.database.transaction() as connection:
        row = await thread_rows.load(connection, owner, thread_id)
    if row is None:
        raise NotFound(f"There is no thread {thread_id}.")
    return thread_rows.metadata_json(row)


@router.put("/{thread_id}", status_code=204)
async def make_thread(thread_id: str, owner: Owner, parts: Parts) -> None:
    """Make a thread that an assistant thought of."""
    async with parts.database.transaction() as connection:
        await create_thread(connection, owner, thread_id)


@router.patch("/{thread_id}")
async def update_thread(thread_id: str, owner: Owner, patch: ThreadPatch, parts: Parts) -> Response:
    """Change some fields of a thread."""
    async with parts.database.transaction() as connection:
        return _json(await patch_thread(connection, owner, thread_id, patch))


@router.delete("/{thread_id}", status_code=204)
async def remove_thread(thread_id: str, owner: Owner, parts: Parts) -> None:
    """Delete a thread with all it holds."""
    async with parts.database.transaction() as connection:
        announcements = await delete_thread(connection, owner, thread_id)
    await parts.announcer.publish(announcements)


@router.get("/{thread_id}/items")
async def list_items(
    thread_id: str,
    owner: Owner,
    parts: Parts,
    window: Asked,
    turn: str | None = None,
    attempt: int = 0,
) -> Response:
    """A page of items: as a client sees them or, with `turn` and `attempt`, as an attempt does."""
    seen_by = (turn, attempt) if turn is not None else None
    async with parts.database.transaction() as connection:
        return _json(await items_document(connection, owner, thread_id, window, seen_by))


@router.get("/{thread_id}/items/{item_id}")
async def get_item(thread_id: str, item_id: str, owner: Owner, parts: Parts) -> Response:
    """One item in full, for an assistant."""
    async with parts.database.transaction() as connection:
        return _json(await load_item(connection, owner, thread_id, item_id))


@router.put("/{thread_id}/items", status_code=204)
async def save_item(thread_id: str, owner: Owner, item: StoredItem, parts: Parts) -> None:
    """Add or replace an item outside any turn."""
    async with parts.database.transaction() as connection:
        await save_outside_turn(connection, owner, thread_id, item)


@router.delete("/{thread_id}/items/{item_id}", status_code=204)
async def remove_item(thread_id: str, item_id: str, owner: Owner, parts: Parts) -> None:
    """Delete an item outside any turn."""
    async with parts.database.transaction() as connection:
        await load_item(connection, owner, thread_id, item_id)
        await item_rows.delete(connection, thread_id, [item_id])
