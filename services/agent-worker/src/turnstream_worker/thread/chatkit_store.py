"""The store that an assistant is given: ChatKit's `Store`, backed by the store service.

Every write of a running attempt is fenced, and adds or replaces by id. An attempt reads the history
that its turn had when the first attempt began, so that a second attempt reads the same.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import orjson
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from turnstream.contracts.ids import PREFIXES, new_id
from turnstream.contracts.store_api import Fact, ThreadPatch
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import Fenced, NotFound
from turnstream.store_client import StoreClient

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import Caller, UnknownCaller, caller_of
from turnstream_worker.thread.open_thread import OpenThread
from turnstream_worker.thread.view import thread_changes
from turnstream_worker.thread.worker_loop import on_worker_loop

T = TypeVar("T")

STORE_PAGE = 100
"""Rows in one answer of the store. An assistant may ask for more at once, as for all of them."""


class ItemExists(ValueError):
    """An item is to be added under the id of another one."""


class TurnStore(Store[RequestContext]):
    """One object for the whole worker. The context of a call says who asks, and for which attempt.

    Where a session allows no titles, a title that an assistant sets is not kept.

    Raises ChatKit's `NotFoundError` for what does not exist or is not the user's, `Fenced` for a
    write of a superseded attempt, and `UnknownCaller` where nothing says for whom.
    """

    def __init__(self, client: StoreClient) -> None:
        self._client = client
        self._opened: dict[str, OpenThread] = {}
        self.worker_loop: asyncio.AbstractEventLoop | None = None

    def open(self, attempt: Attempt) -> OpenThread:
        """Serve an attempt from the data of its claim, until it is closed."""
        self.worker_loop = asyncio.get_running_loop()
        opened = self._opened[attempt.turn_id] = OpenThread(attempt, self._client)
        return opened

    def close(self, attempt: Attempt) -> None:
        """Stop serving an attempt."""
        self._opened.pop(attempt.turn_id, None)

    def generate_thread_id(self, context: RequestContext) -> str:
        return _new_id("thread", context)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        return _new_id(item_type, context)

    @on_worker_loop
    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        caller = caller_of(context)
        own = self._own(caller, thread_id)
        if own is not None:
            return own.view.thread()
        found = self._client.threads.metadata(caller.owner, thread_id)
        return _known(caller, chatkit_json.load_thread(await _found(found)))

    @on_worker_loop
    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        # A copy: a change that is made while this is saved, as of the title, is not saved by it.
        thread = thread.model_copy(deep=True)
        caller = caller_of(context)
        own = self._writable(caller, thread.id)
        if own is not None:
            await own.save_thread(thread)
            return
        await _found(self._client.threads.create(caller.owner, thread.id))
        # Compared with what the caller loaded. Compared with the thread as it is now, everything
        # that others added in the meantime would count as removed.
        known = caller.known_threads.get(thread.id)
        before = known or await self.load_thread(thread.id, context)
        if not caller.context.titles:
            thread.title = before.title
        fields, metadata = thread_changes(before, thread)
        patch = ThreadPatch(fields=fields, metadata=metadata)
        await self._client.threads.patch(caller.owner, thread.id, patch)
        caller.known_threads[thread.id] = thread

    @on_worker_loop
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        caller = caller_of(context)
        own = self._own(caller, thread_id)
        if own is not None:
            known = own.view.page(limit, order) if after is None else None
            if known is not None:
                return known
            await own.writes.committed()
        attempt = caller.running
        seen_by = (attempt.turn_id, attempt.number) if attempt is not None else ("", 0)
        items = partial(self._client.threads.items, caller.owner, thread_id)
        page = await _page(partial(items, order=order, seen_by=seen_by), limit, after)
        return Page(
            data=chatkit_json.load_items(page["data"]),
            has_more=page["has_more"],
            after=page.get("after"),
        )

    @on_worker_loop
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        caller = caller_of(context)
        threads = partial(self._client.threads.page, caller.owner)
        page = await _page(partial(threads, order=order, public=False), limit, after)
        return Page(
            data=[_known(caller, chatkit_json.load_thread(thread)) for thread in page["data"]],
            has_more=page["has_more"],
            after=page.get("after"),
        )

    @on_worker_loop
    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        """Add an item, once in a turn.

        Raises `ItemExists` for the id of an item that another turn made and that differs: history
        is not replaced by what is to be added.
        """
        own = self._own(caller_of(context), thread_id)
        if own is None or not own.knows(item.id):
            await self._check_new(thread_id, item, context)
        await self.save_item(thread_id, item, context)

    async def _check_new(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        caller = caller_of(context)
        try:
            document = await self._client.threads.item(caller.owner, thread_id, item.id)
        except NotFound:
            return
        # ChatKit adds a workflow that it continues in a later turn.
        if item.type == "workflow" or chatkit_json.load_item(document) == item:
            return
        raise ItemExists(f"Thread {thread_id} has an item {item.id}. Change it by save_item.")

    @on_worker_loop
    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        caller = caller_of(context)
        own = self._writable(caller, thread_id)
        if own is None:
            stored = chatkit_json.dump_item(item)
            await _found(self._client.threads.save_item(caller.owner, thread_id, stored))
            return
        own.save(item)
        await own.writes.committed()

    @on_worker_loop
    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        caller = caller_of(context)
        own = self._own(caller, thread_id)
        if own is not None:
            await own.writes.committed()
        return chatkit_json.load_item(
            await _found(self._client.threads.item(caller.owner, thread_id, item_id))
        )

    @on_worker_loop
    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        await _found(self._client.threads.delete(caller_of(context).owner, thread_id))

    @on_worker_loop
    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        caller = caller_of(context)
        own = self._writable(caller, thread_id)
        if own is None:
            await _found(self._client.threads.remove_item(caller.owner, thread_id, item_id))
            return
        own.remove(item_id)
        await own.writes.committed()

    @on_worker_loop
    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        stored = chatkit_json.dump_attachment(attachment)
        await _found(self._client.attachments.save(caller_of(context).owner, stored))

    @on_worker_loop
    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        found = self._client.attachments.load(caller_of(context).owner, attachment_id)
        return chatkit_json.load_attachment(await _found(found))

    @on_worker_loop
    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        owner = caller_of(context).owner
        await _found(self._client.attachments.delete(owner, attachment_id))

    @on_worker_loop
    async def facts(self, context: RequestContext | None = None) -> list[Fact]:
        """What a user told about themselves, newest first, without what they discarded.

        The user is the one of the context, or of the running turn. Not part of ChatKit's
        interface: see `turnstream_worker.api.FactStore`.
        """
        return await self._client.facts.newest(caller_of(context).owner)

    def _own(self, caller: Caller, thread_id: str) -> OpenThread | None:
        """The thread, if it is the one of the caller's attempt: then every write is fenced."""
        attempt = caller.running
        if attempt is None or attempt.thread_id != thread_id:
            return None
        return self._opened.get(attempt.turn_id) or OpenThread(attempt, self._client)

    def _writable(self, caller: Caller, thread_id: str) -> OpenThread | None:
        """The same for a write. A task that outlives its attempt must not write into its thread
        beside the next attempt.
        """
        given_up = caller.given_up
        if given_up is not None and given_up.thread_id == thread_id:
            raise Fenced(f"Another attempt may run turn {given_up.turn_id}.")
        return self._own(caller, thread_id)


def _new_id(kind: str, context: RequestContext) -> str:
    """An id that every attempt of the caller's turn gives, or a random one outside any turn."""
    try:
        attempt = caller_of(context).running
    except UnknownCaller:
        attempt = None
    return attempt.new_id(kind) if attempt is not None else new_id(PREFIXES[kind])


def _known(caller: Caller, thread: ThreadMetadata) -> ThreadMetadata:
    """Remember a thread as it was when the assistant first saw it."""
    caller.known_threads.setdefault(thread.id, thread.model_copy(deep=True))
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
