"""A response's head goes with the first of its body, and nothing is held back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from turnstream.http.http_protocol import BODY_IS_HERE, HttpProtocol
from uvicorn import Config
from uvicorn.server import ServerState

Send = Callable[[dict[str, Any]], Awaitable[None]]
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that keeps every write by itself."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 9)})
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def served(
    answer: Callable[[Send], Awaitable[None]], wire: Wire, request: bytes = REQUEST
) -> None:
    """Have an app that answers like this serve a client, until it has answered."""
    over = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        await answer(send)
        over.set()

    config = Config(app, http=HttpProtocol, log_config=None, date_header=False, server_header=False)
    config.load()
    protocol = HttpProtocol(config, ServerState(), app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    await over.wait()
    protocol.connection_lost(None)


def start(**headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": raw}


def body(data: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_head_and_body_are_one_write() -> None:
    """Each write wakes whoever reads."""
    wire = Wire()

    async def answer(send: Send) -> None:
        await send(start(content_length="2"))
        await send(body(b"hi"))

    await served(answer, wire)

    assert wire.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"]


async def test_a_stream_is_written_as_it_comes() -> None:
    """Only the head waits, and only for what comes first."""
    wire = Wire()

    async def answer(send: Send) -> None:
        await send(start())
        await send(body(b"one", more=True))
        await send(body(b"two", more=True))
        await send(body(b""))

    await served(answer, wire)

    head, *rest = wire.writes
    assert head.endswith(b"\r\n\r\n3\r\none\r\n")
    assert rest == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]


async def test_a_head_does_not_wait_for_a_body_that_is_not_there_yet() -> None:
    """A client may look at the status long before the first event."""
    wire, seen = Wire(), []

    async def answer(send: Send) -> None:
        await send(start())
        while not wire.writes:
            await asyncio.sleep(0)
        seen.extend(wire.writes)
        await send(body(b"late"))

    await served(answer, wire)

    assert seen == [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"]
    assert wire.writes[1:] == [b"4\r\nlate\r\n0\r\n\r\n"]


async def test_an_answer_without_a_body_is_sent_before_the_connection_closes() -> None:
    """The head is all there is."""
    wire = Wire()

    async def answer(send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send(body(b""))

    await served(answer, wire, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert b"".join(wire.writes).startswith(b"HTTP/1.1 204 No Content\r\n")
    assert wire.closed


async def test_a_body_that_looks_like_a_head_is_sent_in_its_place() -> None:
    """A file may hold anything."""
    wire = Wire()

    async def answer(send: Send) -> None:
        await send(start(content_length="22"))
        await send(body(b"HTTP/1.1 ", more=True))
        await send(body(b"HTTP/1.1 OK!!"))
        await asyncio.sleep(0)

    await served(answer, wire)

    assert b"".join(wire.writes).endswith(b"\r\n\r\nHTTP/1.1 HTTP/1.1 OK!!")


@pytest.mark.parametrize(("sent", "is_here"), [(b"all", True), (b"al", False)])
async def test_a_request_tells_whether_its_body_is_here(sent: bytes, is_here: bool) -> None:
    """So nobody sets a timer to wait for what came with the head."""
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n"
    seen = []

    async def app(scope: Any, _receive: Any, send: Send) -> None:
        seen.append(BODY_IS_HERE in scope)
        await send(start(content_length="0"))
        await send(body(b""))

    config = Config(app, http=HttpProtocol, log_config=None)
    config.load()
    protocol = HttpProtocol(config, ServerState(), app_state={})
    protocol.connection_made(Wire())
    protocol.data_received(head + sent)
    await asyncio.wait_for(asyncio.gather(*protocol.tasks), 5)

    assert seen == [is_here]
