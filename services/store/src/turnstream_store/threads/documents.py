"""Threads and pages as JSON: for an assistant, and for the client of their owner."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from turnstream.contracts.times import utc_text
from turnstream.contracts.turns import Json

from turnstream_store.threads.queries import ACTIVE_STATUS
from turnstream_store.threads.tables import ThreadRow

_NO_ITEMS: Json = {"data": [], "has_more": False}


def metadata_json(row: ThreadRow) -> Json:
    """A thread as `ThreadMetadata`, for an assistant."""
    return {**_common(row), "metadata": row.thread_metadata}


def public_json(row: ThreadRow) -> Json:
    """A thread as its owner's client sees it: never its metadata."""
    return {**_common(row), "metadata": {}}


def tenant_json(row: ThreadRow) -> Json:
    """A thread as the tenant's own server sees it: with its user, and the session that began it."""
    begun_by: Json = {} if row.session_id is None else {"session_id": row.session_id}
    return {**public_json(row), "user": row.owner, **begun_by}


def empty_thread(row: ThreadRow) -> Json:
    """A thread as its owner's client sees it in a list: without its items."""
    return {**public_json(row), "items": _NO_ITEMS}


def updated_event(row: ThreadRow) -> Json:
    """The event that tells viewers how a thread stands now."""
    return {"type": "thread.updated", "thread": empty_thread(row)}


def created_event(thread_id: str, created_at: datetime) -> Json:
    """The event that shows a new, empty, active thread."""
    thread: Json = {
        "id": thread_id,
        "created_at": utc_text(created_at),
        "status": ACTIVE_STATUS,
        "metadata": {},
        "items": _NO_ITEMS,
    }
    return {"type": "thread.created", "thread": thread}


def page_document(rows: Sequence[tuple[str, str]], *, has_more: bool) -> bytes:
    """A page of ids and JSON documents, which go into it byte for byte."""
    data = ",".join(document for _, document in rows).encode()
    after = b',"after":' + orjson.dumps(rows[-1][0]) if rows and has_more else b""
    return (
        b'{"data":[' + data + b'],"has_more":' + (b"true" if has_more else b"false") + after + b"}"
    )


def _common(row: ThreadRow) -> Json:
    thread: Json = {
        "id": row.id,
        "title": row.title,
        "created_at": utc_text(row.created_at),
        "status": row.status,
        "allowed_image_domains": row.allowed_image_domains,
    }
    return {name: value for name, value in thread.items() if value is not None}
