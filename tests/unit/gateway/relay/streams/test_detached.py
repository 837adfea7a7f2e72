"""A stream goes on when its route is done, and holds nothing of it."""

import pytest
from starlette.types import Message, Receive, Scope, Send
from turnstream_gateway.relay.streams.detached import DetachedResponses, detach

BODY: Message = {"type": "http.response.body", "body": b"words"}


class Stream:
    """An answer that lasts, and what became of it."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    async def send_body(self, receive: Receive, send: Send) -> None:
        self.told.append("goes on")
        await send(BODY)

    def abort(self) -> None:
        self.told.append("given up")


class Route:
    """Leaves a stream behind, and may fail then."""

    def __init__(self, told: list[str], failure: Exception | None = None) -> None:
        self._told = told
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["of the route"] = "much"
        scope["route"] = "its name"
        assert detach(scope, Stream(self._told))
        if self._failure is not None:
            raise self._failure
        self._told.append("route is done")


async def receive() -> Message:
    """Nothing comes."""
    raise NotImplementedError


async def test_a_stream_is_sent_when_its_route_is_done() -> None:
    """What the route noted is gone by then, but for what the log tells of it."""
    told: list[str] = []
    sent: list[Message] = []
    scope: Scope = {"type": "http"}

    async def send(message: Message) -> None:
        sent.append(message)

    await DetachedResponses(Route(told))(scope, receive, send)

    assert told == ["route is done", "goes on"]
    assert sent == [BODY]
    assert scope == {"type": "http", "route": "its name"}


async def test_a_stream_whose_route_fails_is_given_up() -> None:
    """The code that made it closes what it holds."""
    told: list[str] = []

    async def send(message: Message) -> None:
        raise NotImplementedError

    with pytest.raises(ValueError, match="late"):
        await DetachedResponses(Route(told, ValueError("late")))({"type": "http"}, receive, send)

    assert told == ["given up"]


def test_without_the_middleware_nobody_sends_it_later() -> None:
    """The answer is told so, and sends itself."""
    assert not detach({"type": "http"}, Stream([]))
