"""HTTP to the store: connections are reused, failures have names, and passing ones are retried."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientTimeout, web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from turnstream.contracts.store_api import KeepFile
from turnstream.contracts.tools import FinishCall, ToolResult
from turnstream.errors import Fenced, NotFound, TurnstreamError, Unavailable
from turnstream.store_client import HttpStoreClient
from turnstream.store_client import transport as transport_module
from turnstream.store_client.transport import Transport, segment

from tests.support.waiting import wait_until_async

ONCE = timedelta(milliseconds=1)
"""No patience: one request, and its outcome."""
PATIENT = timedelta(seconds=10)
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def answering(handler: Handler, patience: timedelta = ONCE) -> AsyncIterator[Transport]:
    """A transport to an HTTP server that answers every request so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        transport = Transport(str(server.make_url("")), patience)
        try:
            yield transport
        finally:
            await transport.aclose()


class RawServer:
    """A server that does as the test says with the bytes of each connection, and counts them."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.connections = 0
        self.closed = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Run the test's part until either side closes."""
        self.connections += 1
        try:
            await self._visit(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed += 1
            writer.close()


@asynccontextmanager
async def raw(
    visit: Visit, patience: timedelta = ONCE
) -> AsyncIterator[tuple[RawServer, Transport]]:
    """A raw server, and a transport to it."""
    server = RawServer(visit)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    transport = Transport(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", patience)
    try:
        yield server, transport
    finally:
        await transport.aclose()
        listening.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))


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
        assert await transport.send("POST", path, body, {"owner": "a b&c"}) == b"[]"
        assert await transport.send("GET", "/facts") == b"[]"
        await transport.aclose()

    assert seen == [
        (
            "POST",
            "/store/files/a%2Fb%252F/keep?owner=a+b%26c",
            "application/json",
            b'{"thread_id":"thr_1"}',
        ),
        ("GET", "/store/facts", "", b""),
    ]


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


async def test_connections_are_reused() -> None:
    """Requests one after another share one; requests at the same time have one each."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(OK)

    async with raw(visit) as (server, transport):
        for _ in range(3):
            assert await post(transport) == b"hi"
        assert server.connections == 1
        await asyncio.gather(*(post(transport) for _ in range(5)))
        assert server.connections == 5


async def test_more_than_a_hundred_requests_wait_for_each_other() -> None:
    """Every one is answered, over no more than a hundred connections."""
    received: list[bytes] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received.append(await read_request(reader))
            await wait_until_async(lambda: len(received) >= 100)
            writer.write(OK)

    async with raw(visit) as (server, transport):
        assert await asyncio.gather(*(post(transport) for _ in range(150))) == [b"hi"] * 150
        assert server.connections == 100


async def test_a_problem_document_is_raised_as_the_failure_it_names() -> None:
    """And is not tried again: it would be the same."""
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response(Fenced("Attempt 2 runs.").problem(), status=409)

    async with answering(handler, PATIENT) as transport:
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
    """Until it can, within the patience; a POST too, because every command may be repeated."""
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            return web.json_response(Unavailable().problem(), status=503)
        return web.Response(body=b"hi")

    async with answering(handler, PATIENT) as transport:
        assert await post(transport) == b"hi"
    assert asked == 3


async def test_patience_runs_out() -> None:
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


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", b"SMTP? 250 OK\r\n\r\n"]
)
async def test_a_broken_answer_is_unavailable_and_tried_again(answer: bytes) -> None:
    """Whether the store did what was asked is unknown; the retry has a new connection."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer if server.connections == 1 else OK)

    async with raw(visit, PATIENT) as (server, transport):
        assert await post(transport) == b"hi"
        assert server.connections == 2


async def test_an_answer_that_takes_too_long_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its connection is closed: a late answer must not reach the next request."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        if server.connections == 1:
            assert await reader.read() == b""
        writer.write(OK)

    monkeypatch.setattr(transport_module, "_TIMEOUT", ClientTimeout(sock_read=0.05))
    async with raw(visit) as (server, transport):
        with pytest.raises(Unavailable):
            await post(transport)
        await wait_until_async(lambda: server.closed == 1)
        assert await post(transport) == b"hi"


async def test_a_cancelled_request_closes_its_connection() -> None:
    """Its answer is still to come, and must not reach the next request."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        if server.connections == 1:
            await reader.read()
        writer.write(OK)

    async with raw(visit) as (server, transport):
        request = asyncio.create_task(post(transport))
        await wait_until_async(lambda: server.connections == 1)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await wait_until_async(lambda: server.closed == 1)
        assert await post(transport) == b"hi"


async def test_a_second_answer_reaches_nobody() -> None:
    """A connection on which more comes than was asked for is not used again."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK + OK.replace(b"hi", b"ho"))
        await reader.read()

    async with raw(visit) as (server, transport):
        assert [await post(transport) for _ in range(2)] == [b"hi", b"hi"]
        assert server.connections == 2


async def test_closing_ends_the_requests_under_way_and_forbids_more() -> None:
    """At once, though there is patience left: nobody is there to be patient with."""

    async def visit(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    async with raw(visit, PATIENT) as (server, transport):
        request = asyncio.create_task(post(transport))
        await wait_until_async(lambda: server.connections == 1)
        await transport.aclose()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(request, 1)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(post(transport), 1)
        await wait_until_async(lambda: server.closed == 1)


async def test_closing_a_client_that_asked_nothing_is_allowed() -> None:
    async with HttpStoreClient("http://127.0.0.1:1", patience=ONCE):
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
        HttpStoreClient(str(server.make_url("")), patience=ONCE) as client,
    ):
        for call in (
            client.tool_calls.finish(evil, FinishCall(run=1, result=ToolResult())),
            client.turns.show("ann", evil),
            client.threads.item("ann", evil, evil),
            client.dead_letters.show(evil),
        ):
            with pytest.raises(NotFound):
                await call

    quoted = "..%2Fturns%3Fowner%3Dbob%23"
    assert paths == [
        f"/tool-calls/{quoted}/finish",
        f"/turns/{quoted}?owner=ann&present=0",
        f"/threads/{quoted}/items/{quoted}?owner=ann",
        f"/dead-letters/{quoted}",
    ]


async def test_the_certificate_of_a_store_over_tls_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that nobody vouches for is a store that does not answer."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    _make_certificate(key, certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(OK)

    server = RawServer(visit)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"

    stranger = Transport(url, ONCE)
    with pytest.raises(Unavailable) as raised:
        await post(stranger)
    assert "certificate verify failed" in str(raised.value.__cause__)
    await stranger.aclose()

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    transport = Transport(url, ONCE)
    for _ in range(2):
        assert await post(transport) == b"hi"
    assert server.connections == 1
    await transport.aclose()
    listening.close()


def _make_certificate(key_file: Path, certificate_file: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
