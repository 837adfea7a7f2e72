"""A `ChatKitServer` behind the stock `process()`: what Turnstream is compared with."""

import json
from collections.abc import Callable
from typing import Any

from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import Store
from turnstream.conformance.sse import ServerEvent, SSEParser

from .memory_store import MemoryStore

Json = dict[str, Any]


class StockBackend:
    """One process, in memory. `context` is handed to the server with every request."""

    def __init__(
        self,
        server_factory: Callable[[Store[Any]], ChatKitServer[Any]],
        context: Any = None,
    ) -> None:
        self.store = MemoryStore()
        self.server = server_factory(self.store)
        self._context = {} if context is None else context

    async def post(self, request: Json) -> list[Json] | Json:
        """The events of a streaming request, or the answer of any other.

        Raises what `process` raises.
        """
        result = await self.server.process(json.dumps(request), self._context)
        if not isinstance(result, StreamingResult):
            answer: Json = json.loads(result.json)
            return answer
        parser = SSEParser()
        received = [part async for data in result for part in parser.feed(data)]
        return [json.loads(part.data) for part in received if isinstance(part, ServerEvent)]

    async def stream(self, type: str, params: Json) -> list[Json]:
        """`post` for a request that is known to stream."""
        events = await self.post({"type": type, "params": params})
        if not isinstance(events, list):
            raise TypeError(f"{type} does not stream")
        return events

    async def thread(self, thread_id: str) -> Json:
        """A thread with all of its visible items, as a client would read it."""
        request = {"type": "threads.get_by_id", "params": {"thread_id": thread_id}}
        thread = await self.post(request)
        if not isinstance(thread, dict):
            raise TypeError("threads.get_by_id streams")
        items = thread["items"]
        while items["has_more"]:
            params = {"thread_id": thread_id, "order": "asc", "after": items["after"]}
            page = await self.post({"type": "items.list", "params": params})
            if not isinstance(page, dict):
                raise TypeError("items.list streams")
            items = page | {"data": items["data"] + page["data"]}
        return thread | {"items": {"data": items["data"], "has_more": False}}
