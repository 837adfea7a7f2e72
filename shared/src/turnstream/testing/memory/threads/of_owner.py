"""Threads and items in memory."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import orjson

from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PAGE_BYTES, PageRequest
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound
from turnstream.store_client.threads.of_owner import Threads
from turnstream.testing.memory.records import Item, Thread
from turnstream.testing.memory.state import State, check_text

FIRST_PAGE = 20
"""Items that `show` brings along, oldest first."""
MAX_PAGE = 100
"""Rows a page holds at most."""
PATCHABLE = frozenset({"title", "status", "allowed_image_domains"})
NO_ITEMS: Json = {"items": {"data": [], "has_more": False}}


class MemoryThreads(Threads):
    """Threads by id."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def show(self, owner: Owner, thread_id: str) -> bytes:
        thread = self._state.thread(owner, thread_id)
        self._state.came_back(thread_id)
        items = _page([*_visible(thread)], FIRST_PAGE, "asc", None)
        return orjson.dumps(thread.document(public=True))[:-1] + b',"items":' + items + b"}"

    async def metadata(self, owner: Owner, thread_id: str) -> bytes:
        return orjson.dumps(self._state.thread(owner, thread_id).document(public=False))

    async def page(
        self, owner: Owner, *, limit: int, order: str, after: str | None, public: bool = True
    ) -> bytes:
        rows = [
            (thread.id, orjson.dumps(_listed(thread, public=public)).decode())
            for thread in self._of(owner, after)
        ]
        return _page(rows, limit, order, after)

    async def newest(self, owner: Owner, among: int, wanted: PageRequest) -> bytes:
        shown = {thread.id for thread in self._of(owner)[-among:]} | {wanted.after}
        rows = [
            (thread.id, orjson.dumps(_listed(thread, public=True)).decode())
            for thread in self._of(owner, wanted.after)
            if thread.id in shown
        ]
        return _page(rows, wanted.limit, wanted.order, wanted.after)

    def _of(self, owner: Owner, after: str | None = None) -> list[Thread]:
        """The owner's threads, oldest first, and the deleted one after which a page begins."""
        mine = [thread for thread in self._state.threads.values() if thread.owner == owner]
        if after is not None and after not in (thread.id for thread in mine):
            mine += [
                gone
                for gone in self._state.deleted_threads
                if (gone.owner, gone.id) == (owner, after)
            ]
        return sorted(mine, key=lambda thread: (thread.created_at, thread.id))

    async def items(
        self,
        owner: Owner,
        thread_id: str,
        *,
        limit: int,
        order: str,
        after: str | None,
        seen_by: tuple[str, int] | None = None,
    ) -> bytes:
        thread = self._state.thread(owner, thread_id)
        if seen_by is None:
            rows = [*_visible(thread)]
        else:
            seen = seen_by_attempt(self._state, thread, *seen_by)
            rows = [(item.id, item.payload) for item in seen]
        if after is not None and after not in (item_id for item_id, _ in rows):
            # A cursor need not be shown, and may have been deleted.
            stood = thread.deleted.get(after)
            seqs = {item.id: item.seq for item in thread.items.values()}
            seqs[after] = _load(thread, after).seq if stood is None else stood
            rows.append((after, ""))
            rows.sort(key=lambda row: seqs[row[0]])
        return _page(rows, limit, order, after)

    async def item(self, owner: Owner, thread_id: str, item_id: str) -> bytes:
        return _load(self._state.thread(owner, thread_id), item_id).payload.encode()

    async def create(self, owner: Owner, thread_id: str) -> None:
        new = Thread(thread_id, owner, self._state.now())
        self._state.threads.setdefault(thread_id, new)
        self._state.thread(owner, thread_id)

    async def patch(self, owner: Owner, thread_id: str, patch: ThreadPatch) -> bytes:
        thread = self._state.thread(owner, thread_id)
        apply_patch(thread, patch)
        for turn in self._state.active(thread_id):
            if turn.thread_before is not None:
                turn.changed_by_others |= patch.fields.keys()
        return orjson.dumps(_listed(thread, public=True))

    async def delete(self, owner: Owner, thread_id: str) -> None:
        state = self._state
        state.thread(owner, thread_id)
        gone_thread = state.threads.pop(thread_id)
        state.deleted_threads.append(Thread(thread_id, owner, gone_thread.created_at))
        gone = {turn.id for turn in state.turns.values() if turn.thread_id == thread_id}
        for turn_id in gone:
            del state.turns[turn_id]
            state.paused_runs.pop(turn_id, None)
        state.calls = {key: call for key, call in state.calls.items() if call.turn_id not in gone}
        state.ratings = {key: each for key, each in state.ratings.items() if key[0] != thread_id}
        for attachment_id, attachment in [*state.attachments.items()]:
            if attachment.thread_id == thread_id:
                del state.attachments[attachment_id]
        state.files = {key: f for key, f in state.files.items() if f.thread_id != thread_id}

    async def save_item(self, owner: Owner, thread_id: str, item: StoredItem) -> None:
        self._state.add_item(self._state.thread(owner, thread_id), item)

    async def remove_item(self, owner: Owner, thread_id: str, item_id: str) -> None:
        thread = self._state.thread(owner, thread_id)
        thread.remove(_load(thread, item_id).id)


def apply_patch(thread: Thread, patch: ThreadPatch) -> None:
    """Set the named fields and metadata keys of a thread, and leave the rest."""
    fields = {name: value for name, value in patch.fields.items() if name in PATCHABLE}
    check_text(*fields.values())
    merged = {**thread.fields, **fields}
    thread.fields = {name: value for name, value in merged.items() if value is not None}
    metadata = {**thread.metadata, **patch.metadata}
    thread.metadata = {key: value for key, value in metadata.items() if value is not None}


def seen_by_attempt(state: State, thread: Thread, turn_id: str, attempt: int) -> list[Item]:
    """The items that a running attempt may see, oldest first."""
    waiting = state.waiting(thread.id)
    return [
        item
        for item in thread.in_order()
        if item.turn_id is None
        or (item.turn_id != turn_id and item.turn_id not in waiting)
        or (item.turn_id == turn_id and item.attempt in (0, attempt))
    ]


def fitting(documents: Sequence[str], limit: int) -> int:
    """How many of the documents fit into a page of `limit`."""
    sizes = accumulate(len(document.encode()) for document in documents[:limit])
    return max(sum(size <= PAGE_BYTES for size in sizes), min(1, limit, len(documents)))


def _listed(thread: Thread, *, public: bool) -> Json:
    document = thread.document(public=public)
    return {**document, **NO_ITEMS} if public else document


def _load(thread: Thread, item_id: str) -> Item:
    if item_id not in thread.items:
        raise NotFound(f"There is no item {item_id} in this thread.")
    return thread.items[item_id]


def _visible(thread: Thread) -> Iterable[tuple[str, str]]:
    """Id and public form of the items that a client may see, oldest first."""
    return ((item.id, item.public or item.payload) for item in thread.in_order() if not item.hidden)


def _page(rows: list[tuple[str, str]], limit: int, order: str, after: str | None) -> bytes:
    """A page of (id, JSON) rows, which come oldest first. Raises `NotFound` for another `after`."""
    rows = rows if order == "asc" else rows[::-1]
    if after is not None:
        ids = [row_id for row_id, _ in rows]
        if after not in ids:
            raise NotFound(f"There is no {after} to continue after.")
        rows = rows[ids.index(after) + 1 :]
    shown = fitting([document for _, document in rows], min(limit, MAX_PAGE))
    page, has_more = rows[:shown], len(rows) > shown
    data = ",".join(document for _, document in page)
    cursor = f',"after":{orjson.dumps(page[-1][0]).decode()}' if page and has_more else ""
    return f'{{"data":[{data}],"has_more":{str(has_more).lower()}{cursor}}}'.encode()
