"""Two backends of one server, and one who talks to both and compares what they say."""

from abc import ABC, abstractmethod
from typing import Any

from tests.support.chat_client import ChatClient, ChatRequest, Problem, message
from tests.support.scripted_server import create
from tests.support.stock import Names, StockBackend, normalize

Json = dict[str, Any]
Answer = list[Json] | Json

THREAD = "thread-1"
"""The thread of a test; its items are `item-1`, `item-2` …"""

STREAMING = {
    "threads.create",
    "threads.add_user_message",
    "threads.add_client_tool_output",
    "threads.add_structured_input",
    "threads.retry_after_item",
    "threads.custom_action",
}


class Side(ABC):
    """One backend, as the test sees it: ids have names, in the order of their appearance."""

    def __init__(self) -> None:
        self.names = Names()

    async def ask(self, request: ChatRequest) -> Any:
        """The normalized answer; names in the request become this backend's ids."""
        params = self.names.ids_in(request.params)
        return normalize(await self.post(ChatRequest(request.type, params)), self.names)

    async def refusal(self, request: ChatRequest) -> Exception:
        """What this backend refuses a request with."""
        try:
            answer = await self.ask(request)
        except Exception as refusal:  # the stock server lets out whatever it comes upon
            return refusal
        raise AssertionError(f"{type(self).__name__} did not refuse: {answer}")

    @abstractmethod
    async def post(self, request: ChatRequest) -> Answer:
        """The events or the document that answer a request, as they came."""

    async def raw(self, type: str, **params: Any) -> Json:
        """The document that answers a request that does not stream, as it came."""
        answer = await self.post(ChatRequest(type, self.names.ids_in(params)))
        assert isinstance(answer, dict)
        return answer

    async def all_items(self, order: str, limit: int = 3) -> list[Json]:
        """Every visible item of the thread, page by page."""
        items: list[Json] = []
        page: Json = {"has_more": True}
        while page["has_more"]:
            after = {"after": page["after"]} if "after" in page else {}
            asked = {"thread_id": THREAD, "order": order, "limit": limit}
            page = await self.raw("items.list", **asked, **after)
            items += page["data"]
        return normalize(items, self.names)


class Ours(Side):
    """Turnstream, over HTTP."""

    def __init__(self, client: ChatClient) -> None:
        super().__init__()
        self.client = client

    async def post(self, request: ChatRequest) -> Answer:
        """Raises `Problem` when the gateway refuses."""
        if request.type not in STREAMING:
            document: Json = await self.client.request(*request)
            return document
        turn = await self.client.run(*request)
        assert len(turn.ends) == 1, turn.describe()
        return [received.event for received in turn.received]


class Stock(Side):
    """The stock `process()`, in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.backend = StockBackend(create)

    async def post(self, request: ChatRequest) -> Answer:
        """Raises whatever `process` lets out."""
        return await self.backend.post({"type": request.type, "params": request.params})


class Pair:
    """Sends every request to both backends; every request is a `ChatRequest` in names."""

    def __init__(self, client: ChatClient) -> None:
        self.ours = Ours(client)
        self.stock = Stock()

    async def same(self, request: ChatRequest) -> Any:
        """The one answer that both give."""
        ours, stock = await self.both(request)
        assert ours == stock
        return ours

    async def both(self, request: ChatRequest) -> tuple[Any, Any]:
        """What each answers: ours, stock."""
        return await self.ours.ask(request), await self.stock.ask(request)

    async def refused(self, request: ChatRequest) -> tuple[Problem, Exception]:
        """How each refuses: ours with a status, stock with an exception that becomes a 500 or a
        200 that breaks off.
        """
        ours, stock = await self.ours.refusal(request), await self.stock.refusal(request)
        assert isinstance(ours, Problem), ours
        return ours, stock

    async def say(self, text: str, **options: Any) -> Any:
        """Say something, in the thread if there is one; the events that both answer with."""
        return await self.same(self.message(text, **options))

    async def problem(self, request: ChatRequest) -> tuple[int, str | None]:
        """How our gateway refuses: status and code."""
        refusal = await self.ours.refusal(request)
        assert isinstance(refusal, Problem), refusal
        return refusal.status, refusal.code

    def message(self, text: str, **options: Any) -> ChatRequest:
        """A message for the thread, or for a new one."""
        known = self.ours.names.ids_in(THREAD) != THREAD
        return message(text, THREAD if known else None, **options)

    async def same_thread(self) -> list[Json]:
        """Check that both store the same thread, and return its items, oldest first."""
        thread = ChatRequest("threads.get_by_id", {"thread_id": THREAD})
        ours, stock = await self.both(thread)
        assert ours | {"items": None} == stock | {"items": None}
        items: list[Json] = []
        for order in ("desc", "asc"):
            items, theirs = [await side.all_items(order) for side in (self.ours, self.stock)]
            assert items == theirs, order
        assert ours["items"]["data"] == items[:20]
        return items
