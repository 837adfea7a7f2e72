"""The HTTP side of a client: refusals are exceptions, every wait has a deadline."""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from .errors import Problem, Stalled

Json = dict[str, Any]


class Connection:
    """Requests of one user to one gateway."""

    def __init__(
        self,
        gateway: str,
        user: str,
        timeout: float,
        path: str,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        self.user = user
        self._credentials = credentials or {"X-User-Id": user}
        self._gateway = gateway.rstrip("/")
        self._timeout = timeout
        self._path = path
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._credentials, timeout=aiohttp.ClientTimeout(total=None)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()

    @property
    def headers(self) -> Mapping[str, str]:
        """What each request says of its user."""
        return self._credentials

    def move_to(self, gateway: str) -> None:
        """Ask another gateway from now on, as a client behind a load balancer does."""
        self._gateway = gateway.rstrip("/")

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Any request that answers with JSON; raises `Problem` unless the status is 2xx."""
        async with await self._send(method, path, json=body, headers=headers) as response:
            return await self._body(response)

    async def request(
        self, type: str, params: Json, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """A ChatKit request that does not stream, of any type."""
        body = {"type": type, "params": params}
        async with await self._send("POST", self._path, json=body, headers=headers) as response:
            return await self._body(response)

    async def get_thread(self, thread_id: str) -> Json:
        """The thread with its first page of items, as stored."""
        thread: Json = await self.request("threads.get_by_id", {"thread_id": thread_id})
        return thread

    async def list_threads(self, **page: Any) -> Json:
        """One page of the user's threads; `page` takes limit, order and after."""
        threads: Json = await self.request("threads.list", page)
        return threads

    async def list_items(self, thread_id: str, **page: Any) -> Json:
        """One page of a thread's items; `page` takes limit, order and after."""
        items: Json = await self.request("items.list", {"thread_id": thread_id, **page})
        return items

    async def all_items(self, thread_id: str, limit: int = 20, order: str = "asc") -> list[Json]:
        """Every stored item of a thread, page by page."""
        items: list[Json] = []
        after: str | None = None
        while True:
            page = await self.list_items(thread_id, limit=limit, order=order, after=after)
            items += page["data"]
            if not page["has_more"]:
                return items
            if page.get("after") in (None, after):
                raise AssertionError(f"more to come after {after}, but no new cursor: {page}")
            after = page["after"]

    async def upload(self, content: bytes, name: str, media_type: str) -> Json:
        """Direct upload: the attachment that the file became."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type=media_type)
        async with await self._send("POST", "/attachments", data=form) as response:
            attachment: Json = await self._body(response)
            return attachment

    async def announce(self, name: str, size: int, media_type: str) -> Json:
        """The first phase of two: an attachment, with the URL that takes its bytes."""
        params = {"name": name, "size": size, "mime_type": media_type}
        attachment: Json = await self.request("attachments.create", params)
        return attachment

    async def active_turn(self, thread_id: str) -> Any:
        """What `GET /threads/{id}/turn` says."""
        return await self.call("GET", f"/threads/{thread_id}/turn")

    async def _send(self, method: str, path: str, **options: Any) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("use the client as a context manager: async with ChatClient(...)")
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._session.request(method, self._gateway + path, **options)
        except TimeoutError:
            raise Stalled(f"{method} {path}: no answer within {self._timeout:g} s") from None
        if 200 <= response.status < 300:
            return response
        async with response:
            told = response.headers.get("Retry-After")
            raise Problem(response.status, await self._body(response), told)

    async def _body(self, response: aiohttp.ClientResponse) -> Any:
        try:
            async with asyncio.timeout(self._timeout):
                text = await response.text()
        except TimeoutError:
            raise Stalled(f"{response.url}: body incomplete after {self._timeout:g} s") from None
        try:
            return json.loads(text) if text else None
        except ValueError:
            return text
