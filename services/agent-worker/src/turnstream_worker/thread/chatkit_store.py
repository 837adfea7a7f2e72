"""The store that an assistant is given: ChatKit's `Store`, backed by the store service.

Every write of a running attempt is fenced, and adds or replaces by id. An attempt reads the history
that its turn had when the first attempt began, so that a second attempt reads the same.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import orjson
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from turnstream.contracts.ids import PREFIXES, new_id
from turnstream.contracts.store_api import Fact, ThreadPatch
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt, current_attempt, current_owner, known_threads
from turnstream_worker.thread.open_thread import OpenThread
from turnstream_worker.thread.view import thread_changes

T = TypeVar("T")

STORE_PAGE = 100
"""Rows in one answer of the store. An assistant may ask for more at once, as for all of them."""


class TurnStore(Store[RequestContext]):
    """One object for the whole worker. The current attempt or short call says who asks.

    Raises ChatKit's `NotFoundError` for what does not exist or is not the user's, and `Fenced` for
    a write of a superseded attempt.
    """

    def __init__(self, client: StoreClient) -> None:
        self._client = client
        self._opened: dict[str, OpenThread] = {}

    def open(self, attempt: Attempt) -> OpenThread:
        """Serve an attempt from the data of its claim, until it is closed."""
        opened = self._opened[attempt.turn_id] = OpenThread(attempt, self._client)
        return opened

    def close(self, attempt: Attempt) -> None:
        """Stop serving an attempt."""
        self._opened.pop(attempt.turn_id, None)

    def generate_thread_id(self, context: RequestContext) -> str:
        attempt = current_attempt.get()
        return attempt.new_id("thread") if attempt else new_id(PREFIXES["thread"])

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        attempt = current_attempt.get()
        return attempt.new_id(item_type) if attempt else new_id(PREFIXES[item_type])

    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        own = self._own(thread_id)
        if own is not None:
            return own.view.thread()
        return _known(
            chatkit_json.load_thread(
                await _found(self._client.threads.metadata(current_owner.get(), thread_id))
            )
        )

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        # A copy: a change that is made while this is saved, as of the title, is not saved by it.
        thread = thread.model_copy(deep=True)
        own = self._own(thread.id)
        if own is not None:
            await own.save_thread(thread)
            return
        owner = current_owner.get()
        await _found(self._client.threads.create(owner, thread.id))
        # Compared with what the caller loaded. Compared with the thread as it is now, everything
        # that others added in the meantime would count as removed.
        before = known_threads.get().get(thread.id) or await self.load_thread(thread.id, context)
        fields, metadata = thread_changes(before, thread)
        await self._client.threads.patch(
            owner, thread.id, ThreadPatch(fields=fields, metadata=metadata)
        )
        known_threads.get()[thread.id] = thread

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        own = self._own(thread_id)
        if own is not None:
            known = own.view.page(limit, order) if after is None else None
            if known is not None:
                return known
            await own.writes.committed()
        attempt = current_attempt.get()
        seen_by = (attempt.turn_id, attempt.number) if attempt is not None else ("", 0)
        items = partial(self._client.threads.items, current_owner.get(), thread_id)
        page = await _page(partial(items, order=order, seen_by=seen_by), limit, after)
        return Page(
            data=chatkit_json.load_items(page["data"]),
            has_more=page["has_more"],
            after=page.get("after"),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        threads = partial(self._client.threads.page, current_owner.get())
        page = await _page(partial(threads, order=order, public=False), limit, after)
        return Page(
            data=[_known(chatkit_json.load_thread(thread)) for thread in page["data"]],
            has_more=page["has_more"],
            after=page.get("after"),
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        own = self._own(thread_id)
        if own is None:
            stored = chatkit_json.dump_item(item)
            await _found(self._client.threads.save_item(current_owner.get(), thread_id, stored))
            return
        own.save(item)
        await own.writes.committed()

    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        own = self._own(thread_id)
        if own is not None:
            await own.writes.committed()
        return chatkit_json.load_item(
            await _found(self._client.threads.item(current_owner.get(), thread_id, item_id))
        )

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        await _found(self._client.threads.delete(current_owner.get(), thread_id))

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        own = self._own(thread_id)
        if own is None:
            owner = current_owner.get()
            await _found(self._client.threads.remove_item(owner, thread_id, item_id))
            return
        own.remove(item_id)
        await own.writes.committed()

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        owner = current_owner.get()
        await _found(self._client.attachments.save(owner, chatkit_json.dump_attachment(attachment)))

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        owner = current_owner.get()
        return chatkit_json.load_attachment(
            await _found(self._client.attachments.load(owner, attachment_id))
        )

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        await _found(self._client.attachments.delete(current_owner.get(), attachment_id))

    async def facts(self) -> list[Fact]:
        """What the current user told about themselves, newest first, without what they discarded.

        Not part of ChatKit's interface: see `turnstream_worker.api.KeepsFacts`.
        """
        return await self._client.facts.newest(current_owner.get())

    def _own(self, thread_id: str) -> OpenThread | None:
        """The thread, if it is the one of the current attempt: then every write is fenced.

        Code that outlives its attempt gets the thread opened anew. Its writes still name the
        attempt, and are refused.
        """
        attempt = current_attempt.get()
        if attempt is None or attempt.thread_id != thread_id:
            return None
        return self._opened.get(attempt.turn_id) or OpenThread(attempt, self._client)


def _known(thread: ThreadMetadata) -> ThreadMetadata:
    """Remember a thread as it was when the assistant first saw it."""
    known_threads.get().setdefault(thread.id, thread.model_copy(deep=True))
    return thread


async def _page(fetch: Callable[..., Awaitable[bytes]], limit: int, after: str | None) -> Json:
    """A page of any size, made of pages that the store gives."""
    rows: list[Json] = []
    page: Json = {"has_more": True, "after": after}
    while page["has_more"] and len(rows) < limit:
        size = min(limit - len(rows), STORE_PAGE)
        page = orjson.loads(await _found(fetch(limit=size, after=page["after"])))
        rows += page["data"]
    return page | {"data": rows}


async def _found(call: Awaitable[T]) -> T:
    """The answer of the store, with ChatKit's own error for what it does not have."""
    try:
        return await call
    except NotFound as error:
        raise NotFoundError(error.detail) from error
