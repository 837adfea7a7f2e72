"""Threads and items over HTTP. Answers are made of stored JSON, byte for byte."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.contracts.turns import Json

from turnstream_store.database.pages import Window
from turnstream_store.dependencies import Announce, Owner, Session
from turnstream_store.threads import rules

router = APIRouter(prefix="/threads", tags=["threads"])

Order = Literal["asc", "desc"]
Limit = Annotated[int, Query(ge=1, le=1000)]
MAX_PAGE = 100
"""Rows a page holds at most, whatever a client asks for."""


def _window(limit: Limit = 20, order: Order = "desc", after: str | None = None) -> Window:
    return Window(min(limit, MAX_PAGE), order == "desc", after)


PageWindow = Annotated[Window, Depends(_window)]


def _json(document: bytes) -> Response:
    return Response(document, media_type="application/json")


@router.get("")
async def list_threads(
    owner: Owner,
    session: Session,
    window: PageWindow,
    public: bool = True,
    among: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """A page of the owner's threads; with `among`, of so many of the newest."""
    if not public:
        return _json(await rules.metadata_document(session, owner, window))
    return _json(await rules.threads_document(session, owner, window, among))


@router.get("/{thread_id}")
async def get_thread(thread_id: str, owner: Owner, session: Session) -> Response:
    """A thread with its first items, as its owner's client sees it."""
    return _json(await rules.thread_document(session, owner, thread_id))


@router.get("/{thread_id}/metadata")
async def get_metadata(thread_id: str, owner: Owner, session: Session) -> Json:
    """A thread as an assistant sees it."""
    return await rules.thread_metadata(session, owner, thread_id)


@router.put("/{thread_id}", status_code=204)
async def make_thread(thread_id: str, owner: Owner, session: Session) -> None:
    """Make a thread with the id that an assistant chose."""
    await rules.create_thread(session, owner, thread_id)


@router.patch("/{thread_id}")
async def update_thread(
    thread_id: str, owner: Owner, patch: ThreadPatch, session: Session
) -> Response:
    """Change some fields of a thread."""
    return _json(await rules.patch_thread(session, owner, thread_id, patch))


@router.delete("/{thread_id}", status_code=204)
async def remove_thread(thread_id: str, owner: Owner, session: Session, announce: Announce) -> None:
    """Delete a thread with all it holds."""
    announce(await rules.delete_thread(session, owner, thread_id))


@router.get("/{thread_id}/items")
async def list_items(
    thread_id: str,
    owner: Owner,
    session: Session,
    window: PageWindow,
    turn: str | None = None,
    attempt: int = 0,
) -> Response:
    """A page of items: as a client sees them or, with `turn` and `attempt`, as an attempt does."""
    seen_by = (turn, attempt) if turn is not None else None
    return _json(await rules.items_document(session, owner, thread_id, window, seen_by))


@router.get("/{thread_id}/items/{item_id}")
async def get_item(thread_id: str, item_id: str, owner: Owner, session: Session) -> Response:
    """One item in full, for an assistant."""
    return _json(await rules.load_item(session, owner, thread_id, item_id))


@router.put("/{thread_id}/items", status_code=204)
async def save_item(thread_id: str, owner: Owner, item: StoredItem, session: Session) -> None:
    """Add or replace an item outside any turn."""
    await rules.save_outside_turn(session, owner, thread_id, item)


@router.delete("/{thread_id}/items/{item_id}", status_code=204)
async def remove_item(thread_id: str, item_id: str, owner: Owner, session: Session) -> None:
    """Delete an item outside any turn."""
    await rules.remove_item(session, owner, thread_id, item_id)
