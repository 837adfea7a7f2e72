"""The in-memory store of the SDK's samples, made correct."""

from collections.abc import Mapping
from typing import Any, TypeVar

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import BaseModel

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class MemoryStore(Store[Any]):
    """Upserts in place, hands out copies, keeps the order of insertion, knows no users.

    A `Thread` saved as such is kept without its items: those come from the items alone.
    """

    def __init__(self) -> None:
        self._threads: dict[str, ThreadMetadata] = {}
        self._items: dict[str, dict[str, ThreadItem]] = {}
        self._attachments: dict[str, Attachment] = {}

    async def load_thread(self, thread_id: str, context: object) -> ThreadMetadata:
        return _found(self._threads, thread_id).model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: object) -> None:
        names = ThreadMetadata.model_fields
        plain = ThreadMetadata.model_construct(**{name: getattr(thread, name) for name in names})
        self._threads[thread.id] = plain.model_copy(deep=True)
        self._items.setdefault(thread.id, {})

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: object
    ) -> Page[ThreadMetadata]:
        return _page(self._threads, limit, after, order)

    async def delete_thread(self, thread_id: str, context: object) -> None:
        self._threads.pop(thread_id, None)
        self._items.pop(thread_id, None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: object
    ) -> Page[ThreadItem]:
        items: dict[str, ThreadItem] = _found(self._items, thread_id)
        return _page(items, limit, after, order)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: object) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: object) -> None:
        _found(self._items, thread_id)[item.id] = item.model_copy(deep=True)

    async def load_item(self, thread_id: str, item_id: str, context: object) -> ThreadItem:
        return _found(_found(self._items, thread_id), item_id).model_copy(deep=True)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: object) -> None:
        _found(self._items, thread_id).pop(item_id, None)

    async def save_attachment(self, attachment: Attachment, context: object) -> None:
        self._attachments[attachment.id] = attachment.model_copy(deep=True)

    async def load_attachment(self, attachment_id: str, context: object) -> Attachment:
        return _found(self._attachments, attachment_id).model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: object) -> None:
        self._attachments.pop(attachment_id, None)


def _found(rows: Mapping[str, T], key: str) -> T:
    try:
        return rows[key]
    except KeyError:
        raise NotFoundError(key) from None


def _page(rows: Mapping[str, M], limit: int, after: str | None, order: str) -> Page[M]:
    ids = list(rows) if order == "asc" else list(rows)[::-1]
    start = ids.index(after) + 1 if after in ids else 0
    chosen = ids[start : start + limit]
    return Page(
        data=[rows[row].model_copy(deep=True) for row in chosen],
        has_more=start + limit < len(ids),
        after=chosen[-1] if chosen else None,
    )
