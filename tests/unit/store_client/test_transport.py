"""Requests to the store: paths, failures under their names, and retries of those that may pass."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from turnstream.contracts.owner import Owner, Tenant
from turnstream.contracts.store_api import KeepFile
from turnstream.contracts.tools import FinishCall, ToolResult
from turnstream.errors import BadRequest, Fenced, NotFound, TurnstreamError, Unavailable
from turnstream.store_client import HttpStoreClient
from turnstream.store_client.http import transport as transport_module
from turnstream.store_client.http.transport import Transport, segment

from tests.support.turns import ANN

ONCE = timedelta(milliseconds=1)
"""Nothing is tried again: one request, and its outcome."""
LONG = timedelta(seconds=10)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler, retry_timeout: timedelta = ONCE) -> AsyncIterator[Transport]:
    """A transport to an HTTP server that answers every request so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        transport = Transport(str(server.make_url("")), retry_timeout)
        try:
            yield transport
        finally:
            await transport.aclose()


async def post(transport: Transport) -> bytes:
    """What nobody but the transport itself may repeat."""
    return await transport.send("POST", "/turns", KeepFile(thread_id="thr_1"))


async def test_a_request_has_path_query_and_json_body_as_given() -> None:
    """Behind the path of the store's own URL, and with no second encoding."""
    seen: list[tuple[str, str, str, bytes]] = []

    async def handler(request: web.Request) -> web.Response:
        content_type = request.headers.get("Content-Type", "")
        seen.append((request.method, request.raw_path, content_type, await request.read()))
        return web.Response(body=b"[]")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        transport = Transport(f"{server.make_url('/store/')}", ONCE)
        path = f"/files/{segment('a/b%2F')}/keep"
        body = KeepFile(thread_id="thr_1")
        assert await transport.send("POST", path, body, {"a": "b c&d"}) == b"[]"
        assert await transport.send("GET", "/facts") == b"[]"
        await transport.aclose()

    assert seen == [
        (
            "POST",
            "/store/files/a%2Fb%252F/keep?a=b+c%26d",
            "application/json",
            b'{"thread_id":"thr_1"}',
        ),
        ("GET", "/store/facts", "", b""),
    ]


async def test_a_request_says_on_whose_behalf_it_is_made() -> None:
    """The owner, the tenant alone where no user is known, or nobody for what the system does."""
    seen: list[tuple[str | None, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((headers.get("Turnstream-Tenant"), headers.get("Turnstream-User")))
        return web.Response(body=b"[]")

    async with answering(handler, ONCE) as transport:
        for owner in (Owner("acme", "ann müller@x"), Tenant("acme"), None):
            await transport.send("POST", "/turns", owner=owner)

    assert seen == [("acme", "ann%20m%C3%BCller%40x"), ("acme", None), (None, None)]


@pytest.mark.parametrize(
    "owner", [Owner("*", "ann"), Owner("acme", ""), Owner("acme", "a\r\nX: 1"), Tenant("a\nb")]
)
async def test_a_request_for_nobody_who_can_be_is_not_sent(owner: Owner | Tenant) -> None:
    """An app may name whom it likes; no name becomes a header of its own."""
    transport = Transport("http://127.0.0.1:1", ONCE)
    with pytest.raises(BadRequest):
        await transport.send("GET", "/facts", owner=owner)


async def test_the_password_of_the_url_is_sent() -> None:
    """As basic authentication, for a store behind a proxy that asks for it."""
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.Response(body=b"[]")

    app = web.Application()
    app.router.add_get("/facts", handler)
    async with TestServer(app) as server:
        url = str(server.make_url("")).replace("://", "://ts:s%40cret@")
        transport = Transport(url, ONCE)
        await transport.send("GET", "/facts")
        await transport.aclose()

    assert seen == ["Basic dHM6c0BjcmV0"]  # ts:s@cret


async def test_a_problem_document_is_raised_as_the_failure_it_names() -> None:
    """And is not tried again: it would be the same."""
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response(Fenced("Attempt 2 runs.").problem(), status=409)

    async with answering(handler, LONG) as transport:
        with pytest.raises(Fenced, match="Attempt 2 runs"):
            await post(transport)
    assert asked == 1


@pytest.mark.parametrize("body", [b"<html>no</html>", b'"text"', b"\xff", b""])
async def test_an_error_that_is_no_problem_document_is_an_error_too(body: bytes) -> None:
    """As a proxy between us and the store would answer."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=502, body=body)

    async with answering(handler) as transport:
        with pytest.raises(TurnstreamError) as raised:
            await post(transport)
    assert raised.value.code == "internal_error"


async def test_a_store_that_is_unavailable_is_asked_again() -> None:
    """Until it can, in time; a POST too, because every command may be repeated."""
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            return web.json_response(Unavailable().problem(), status=503)
        return web.Response(body=b"hi")

    async with answering(handler, LONG) as transport:
        assert await post(transport) == b"hi"
    assert asked == 3


async def test_it_is_not_tried_again_for_ever() -> None:
    """Then the caller learns that the store is unavailable."""
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response(Unavailable("Postgres is away.").problem(), status=503)

    async with answering(handler, timedelta(milliseconds=300)) as transport:
        with pytest.raises(Unavailable, match="Postgres is away"):
            await post(transport)
    assert asked > 1


async def test_a_server_that_is_away_is_unavailable() -> None:
    """Nobody listens on that port."""
    transport = Transport("http://127.0.0.1:1", ONCE)
    with pytest.raises(Unavailable):
        await post(transport)
    assert not await transport.ready()
    await transport.aclose()


async def test_closing_a_client_that_asked_nothing_is_allowed() -> None:
    async with HttpStoreClient("http://127.0.0.1:1", retry_timeout=ONCE):
        pass


async def test_readiness_is_what_the_store_says() -> None:
    status = 200

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status if request.path == "/ready" else 500)

    async with answering(handler) as transport:
        assert await transport.ready()
        status = 503
        assert not await transport.ready()


async def test_the_latency_follows_how_long_answers_take() -> None:
    """It rises while the store is slow, and falls when it is not any more."""
    seconds = 0.02

    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(body=b"[]")

    async with answering(handler) as transport:
        for _ in range(30):
            await post(transport)
        slow = transport.latency
        seconds = 0.0
        for _ in range(30):
            await post(transport)

    assert slow > 0.015
    assert transport.latency < slow / 2


@pytest.mark.parametrize("identifier", ["", ".", "..", "x" * 201])
def test_what_cannot_be_an_id_is_not_found(identifier: str) -> None:
    with pytest.raises(NotFound):
        segment(identifier)


async def test_every_id_is_one_segment_of_its_path() -> None:
    """An id with a slash or a question mark in it names nothing else than itself."""
    paths: list[str] = []
    evil = "../turns?owner=bob#"

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.raw_path)
        return web.json_response(NotFound().problem(), status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with (
        TestServer(app) as server,
        HttpStoreClient(str(server.make_url("")), retry_timeout=ONCE) as client,
    ):
        for call in (
            client.tool_calls.finish(ANN, evil, FinishCall(run=1, result=ToolResult())),
            client.turns.show(ANN, evil),
            client.threads.item(ANN, evil, evil),
            client.dead_letters.show(evil),
        ):
            with pytest.raises(NotFound):
                await call

    quoted = "..%2Fturns%3Fowner%3Dbob%23"
    assert paths == [
        f"/tool-calls/{quoted}/finish",
        f"/turns/{quoted}?present=0",
        f"/threads/{quoted}/items/{quoted}",
        f"/dead-letters/{quoted}",
    ]


async def read(transport: Transport) -> list[bytes]:
    """The pieces of a long answer."""
    return [piece async for piece in await transport.stream("/export", ANN)]


async def test_a_long_answer_comes_in_pieces_for_whom_it_is_asked() -> None:
    """With the headers of every other request, as it was sent: nothing is unpacked."""
    seen: list[dict[str, str]] = []
    content = os.urandom(300_000)

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.headers))
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        for start in range(0, len(content), 100_000):
            await response.write(content[start : start + 100_000])
        return response

    async with answering(handler) as transport:
        await transport.send("GET", "/facts", owner=ANN)
        pieces = await read(transport)

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 64 * 1024
    for name in ("Host", "Turnstream-Tenant", "Turnstream-User"):
        assert seen[1][name] == seen[0][name]


async def test_a_refused_long_answer_is_named() -> None:
    """Before its first piece."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response({"code": "not_found", "detail": "Nobody."}, status=404)

    async with answering(handler) as transport:
        with pytest.raises(NotFound):
            await transport.stream("/export", ANN)


@pytest.mark.parametrize("end", ["cut off", "silent"])
async def test_a_long_answer_without_an_end_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Whether its connection is lost or nothing more comes: what came before is no whole."""
    monkeypatch.setattr(transport_module, "_TIMEOUT", 0.2)
    over = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"begun")
        if end == "silent":
            await over.wait()
        elif request.transport is not None:
            request.transport.abort()
        return response

    async with answering(handler) as transport:
        pieces = await transport.stream("/export", ANN)
        with pytest.raises(Unavailable):
            assert [piece async for piece in pieces] == []
        over.set()


async def test_a_long_answer_that_nobody_goes_on_with_is_given_up() -> None:
    """The server is not kept sending, and a closed client asks nothing more."""
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(64 * 1024))
        finally:
            gone.set()

    async with answering(handler) as transport:
        pieces = await transport.stream("/export", ANN)
        assert await anext(pieces)
        await pieces.aclose()
        await asyncio.wait_for(gone.wait(), 5)
        await transport.aclose()
        with pytest.raises(Unavailable):
            await transport.stream("/export", ANN)
