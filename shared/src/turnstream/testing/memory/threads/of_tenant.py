"""The threads of all users of a tenant, in memory."""

from collections.abc import Sequence

import orjson

from turnstream.contracts.pages import PageRequest
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound
from turnstream.store_client.threads.of_tenant import TenantThreads
from turnstream.testing.memory.records import Thread
from turnstream.testing.memory.state import State

_Row = tuple[str, str | None]
"""An id and its JSON; None for what was deleted, where a page may still begin or end."""


class MemoryTenantThreads(TenantThreads):
    """Threads by tenant."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def page(self, tenant: str, wanted: PageRequest, user: str | None = None) -> bytes:
        known = [*self._state.threads.values(), *self._state.deleted_threads]
        rows: list[_Row] = []
        for thread in sorted(known, key=lambda thread: (thread.created_at, thread.id)):
            if thread.owner.tenant == tenant:
                there = thread.id in self._state.threads
                wished = there and user in (None, thread.owner.user)
                rows.append((thread.id, _text(thread) if wished else None))
        return _page(rows, wanted)

    async def show(self, tenant: str, thread_id: str) -> bytes:
        return _text(self._thread(tenant, thread_id)).encode()

    async def items(
        self, tenant: str, thread_id: str, wanted: PageRequest, types: Sequence[str]
    ) -> bytes:
        thread = self._thread(tenant, thread_id)
        rows: list[tuple[int, _Row]] = [(seq, (gone, None)) for gone, seq in thread.deleted.items()]
        for item in thread.items.values():
            shown = item.type in types and not item.hidden
            rows.append((item.seq, (item.id, (item.public or item.payload) if shown else None)))
        return _page([row for _, row in sorted(rows)], wanted)

    def _thread(self, tenant: str, thread_id: str) -> Thread:
        thread = self._state.threads.get(thread_id)
        if thread is None or thread.owner.tenant != tenant:
            raise NotFound(f"There is no thread {thread_id}.")
        return thread


def _text(thread: Thread) -> str:
    document: Json = {**thread.document(public=True), "user": thread.owner.user}
    if thread.session_id is not None:
        document["session_id"] = thread.session_id
    return orjson.dumps(document).decode()


def _page(rows: list[_Row], wanted: PageRequest) -> bytes:
    """A page of rows, which come oldest first. Raises `NotFound` for an unknown end of it."""
    rows = rows if wanted.order == "asc" else rows[::-1]
    ids = [row_id for row_id, _ in rows]
    for end in (wanted.after, wanted.before):
        if end is not None and end not in ids:
            raise NotFound(f"There is no {end} to continue at.")
    first = ids.index(wanted.after) + 1 if wanted.after is not None else 0
    last = ids.index(wanted.before) if wanted.before is not None else len(rows)
    shown = [(row_id, text) for row_id, text in rows[first:last] if text is not None]
    has_more = len(shown) > wanted.limit
    backwards = wanted.after is None and wanted.before is not None
    page = shown[max(0, len(shown) - wanted.limit) :] if backwards else shown[: wanted.limit]
    data = ",".join(text for _, text in page)
    cursor = f',"after":{orjson.dumps(page[-1][0]).decode()}' if page and has_more else ""
    return f'{{"data":[{data}],"has_more":{str(has_more).lower()}{cursor}}}'.encode()
