"""Threads and items, as JSON bytes: a caller that needs a field parses it."""

from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PageRequest
from turnstream.contracts.store_api import StoredItem, ThreadPatch
from turnstream.store_client.http.transport import Params, Transport, segment


class Threads(Protocol):
    """Every call names the owner. What is not theirs raises `NotFound`, as what does not exist."""

    async def show(self, owner: Owner, thread_id: str) -> bytes:
        """The thread with its first items, for its owner's client."""
        ...

    async def metadata(self, owner: Owner, thread_id: str) -> bytes:
        """The thread's metadata, for an assistant."""
        ...

    async def page(
        self, owner: Owner, *, limit: int, order: str, after: str | None, public: bool = True
    ) -> bytes:
        """A page of threads by the time they began; `after` is the last id of the page before."""
        ...

    async def newest(self, owner: Owner, among: int, wanted: PageRequest) -> bytes:
        """A page of those threads that are among the owner's newest, for their client."""
        ...

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
        """A page of items: a client's view, or that of a running (turn, attempt).

        A client sees no hidden items. An attempt sees neither what earlier attempts of its turn
        stored nor the messages of turns that wait.
        """
        ...

    async def item(self, owner: Owner, thread_id: str, item_id: str) -> bytes:
        """One item in full, byte for byte as it was stored."""
        ...

    async def create(self, owner: Owner, thread_id: str) -> None:
        """Make an empty thread, unless the owner has it already."""
        ...

    async def patch(self, owner: Owner, thread_id: str, patch: ThreadPatch) -> bytes:
        """Change some fields; the thread as its owner's client sees it."""
        ...

    async def delete(self, owner: Owner, thread_id: str) -> None:
        """Delete the thread with all it holds; its running turns are fenced."""
        ...

    async def save_item(self, owner: Owner, thread_id: str, item: StoredItem) -> None:
        """Add or replace an item outside any turn."""
        ...

    async def remove_item(self, owner: Owner, thread_id: str, item_id: str) -> None:
        """Delete an item outside any turn."""
        ...


class HttpThreads(Threads):
    """Threads over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def show(self, owner: Owner, thread_id: str) -> bytes:
        return await self._send("GET", _path(thread_id), owner=owner)

    async def metadata(self, owner: Owner, thread_id: str) -> bytes:
        return await self._send("GET", _path(thread_id, "metadata"), owner=owner)

    async def page(
        self, owner: Owner, *, limit: int, order: str, after: str | None, public: bool = True
    ) -> bytes:
        params: Params = {"limit": limit, "order": order, "public": int(public)}
        return await self._send("GET", "/threads", params=_with(params, after=after), owner=owner)

    async def newest(self, owner: Owner, among: int, wanted: PageRequest) -> bytes:
        params: Params = {**wanted.parameters, "among": among}
        return await self._send("GET", "/threads", params=params, owner=owner)

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
        params: Params = {"limit": limit, "order": order}
        if seen_by is not None:
            params |= {"turn": seen_by[0], "attempt": seen_by[1]}
        path = _path(thread_id, "items")
        return await self._send("GET", path, params=_with(params, after=after), owner=owner)

    async def item(self, owner: Owner, thread_id: str, item_id: str) -> bytes:
        return await self._send("GET", _path(thread_id, "items", item_id), owner=owner)

    async def create(self, owner: Owner, thread_id: str) -> None:
        await self._send("PUT", _path(thread_id), owner=owner)

    async def patch(self, owner: Owner, thread_id: str, patch: ThreadPatch) -> bytes:
        return await self._send("PATCH", _path(thread_id), patch, owner=owner)

    async def delete(self, owner: Owner, thread_id: str) -> None:
        await self._send("DELETE", _path(thread_id), owner=owner)

    async def save_item(self, owner: Owner, thread_id: str, item: StoredItem) -> None:
        await self._send("PUT", _path(thread_id, "items"), item, owner=owner)

    async def remove_item(self, owner: Owner, thread_id: str, item_id: str) -> None:
        path = _path(thread_id, "items", item_id)
        await self._send("DELETE", path, owner=owner)


def _path(thread_id: str, *rest: str) -> str:
    return "/threads/" + "/".join(segment(part) for part in (thread_id, *rest))


def _with(params: Params, **optional: str | None) -> Params:
    return params | {name: value for name, value in optional.items() if value is not None}
