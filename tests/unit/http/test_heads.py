"""The head of a request is bounded in bytes and time, and so is a connection that asks nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import orjson
import pytest
from fastapi import FastAPI, Request
from turnstream.http import protocol
from turnstream.http.protocol import HEAD_LIMIT
from turnstream.http.server import ServerOptions, server_config

from tests.support.system.quick_server import QuickServer
from tests.support.waiting import wait_until_async

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for a test."""
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", timedelta(seconds=0.4))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A service with two routes: one that reads its body, one that answers without."""
    app = FastAPI()

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.get("/")
    async def show() -> str:
        return "hello"

    @app.post("/refuse")
    async def refuse() -> str:
        return "no"

    second = timedelta(seconds=1)
    listening = ServerOptions("127.0.0.1", 0, grace=second, keep_alive=second)
    server = QuickServer(server_config(app, listening))
    serving = asyncio.create_task(server.serve())
    await wait_until_async(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.end()
    await serving


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection that has said nothing yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other end closes, which it may do while we still send."""
    received = b""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            while piece := await reader.read(65536):
                received += piece
    return received


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split()[1])


def code(answer: bytes) -> str:
    """The code of the problem in an answer."""
    return str(orjson.loads(answer.partition(b"\r\n\r\n")[2])["code"])


GOOD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def endless(kind: str) -> Iterator[bytes]:
    """The pieces of a head that does not end."""
    if kind == "address":
        yield b"GET /"
    elif kind == "one header":
        yield b"GET / HTTP/1.1\r\nCookie: "
    else:
        yield b"GET / HTTP/1.1\r\n"
    while True:
        yield b"a: b\r\n" * 200 if kind == "many headers" else b"x" * 1000


@pytest.mark.parametrize("kind", ["address", "one header", "many headers"])
async def test_a_head_without_end_is_refused_at_its_limit(port: int, kind: str) -> None:
    """431, and whatever is still sent is not kept."""
    async with connected(port) as (reader, writer):
        sent = 0
        for piece in endless(kind):
            writer.write(piece)
            sent += len(piece)
            if sent > 2 * HEAD_LIMIT:
                break
            await writer.drain()
        answer = await until_closed(reader)
    assert (status(answer), code(answer)) == (431, "head_too_large")
    assert b"connection: close" in answer


@pytest.mark.parametrize(("length", "expected"), [(HEAD_LIMIT - 500, 200), (HEAD_LIMIT, 431)])
async def test_the_limit_is_exact_however_the_head_comes(
    port: int, length: int, expected: int
) -> None:
    """In one piece or in many."""
    head = b"GET / HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * length + b"\r\n\r\n"
    for size in (len(head), 1000):
        async with connected(port) as (reader, writer):
            for start in range(0, len(head), size):
                writer.write(head[start : start + size])
                await asyncio.sleep(0)
            assert status(await until_closed(reader)) == expected


@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_a_half_sent_head_is_not_waited_for(port: int, begun: bytes) -> None:
    """408, also when another byte comes now and then."""
    async with connected(port) as (reader, writer):
        writer.write(begun)
        trickle = asyncio.create_task(_trickle(writer))
        answer = await until_closed(reader)
        trickle.cancel()
    assert (status(answer), code(answer)) == (408, "request_timed_out")
    assert b"retry-after" in answer


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(0.05)
        writer.write(b"x")


async def test_a_connection_that_asks_nothing_is_closed(port: int) -> None:
    """Without a word: there is no request to answer."""
    async with connected(port) as (reader, _):
        assert await until_closed(reader) == b""


async def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    """Each head has its own time, and a second half head is refused as the first would be."""
    async with connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(GOOD[:9])
            await asyncio.sleep(0.2)
            writer.write(GOOD[9:])
            async with asyncio.timeout(5):
                answer = await reader.readuntil(b'"hello"')
            assert status(answer) == 200
        writer.write(GOOD[:9])
        assert status(await until_closed(reader)) == 408


async def test_a_body_that_trickles_in_behind_its_answer_is_not_waited_for(port: int) -> None:
    """The route had answered without it."""
    async with connected(port) as (reader, writer):
        writer.write(b"POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        trickle = asyncio.create_task(_trickle(writer))
        answer = await until_closed(reader)
        trickle.cancel()
    assert status(answer) == 200


async def test_a_long_body_has_no_part_in_the_limit_of_heads(port: int) -> None:
    """In one length or in chunks; the route bounds it."""
    whole = b"POST /read HTTP/1.1\r\nConnection: close\r\nContent-Length: 500000\r\n\r\n"
    chunked = b"POST /read HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"a\r\n" + b"x" * 10 + b"\r\n"
    for request in (whole + b"x" * 500_000, chunked + chunk * 50_000 + b"0\r\n\r\n"):
        async with connected(port) as (reader, writer):
            writer.write(request)
            answer = await until_closed(reader)
        assert (status(answer), answer.endswith(b"500000")) == (200, True)


@pytest.mark.parametrize("endless_part", [b"5;", b"0\r\nX: "], ids=["extension", "trailer"])
async def test_what_stands_around_a_body_is_bounded_too(port: int, endless_part: bytes) -> None:
    """An extension of a chunk, or a header behind the last one, that never ends."""
    head = b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with connected(port) as (reader, writer):
        writer.write(head + endless_part)
        await writer.drain()
        for _ in range(3):
            await asyncio.sleep(0.05)
            writer.write(b"x" * HEAD_LIMIT)
        assert await until_closed(reader) == b""
