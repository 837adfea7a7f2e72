"""Connections to the store: reused while they are sound, and never one response for another."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from turnstream.errors import Unavailable
from turnstream.store_client.http import transport as transport_module
from turnstream.store_client.http.transport import Transport

from tests.support.waiting import wait_until_async

ONCE = timedelta(milliseconds=1)
"""Nothing is tried again: one request, and its outcome."""
LONG = timedelta(seconds=10)
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


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
    visit: Visit, retry_timeout: timedelta = ONCE
) -> AsyncIterator[tuple[RawServer, Transport]]:
    """A raw server, and a transport to it."""
    server = RawServer(visit)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    transport = Transport(
        f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", retry_timeout
    )
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
    return await transport.send("POST", "/turns", ["body"])


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


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", b"SMTP? 250 OK\r\n\r\n"]
)
async def test_a_broken_answer_is_unavailable_and_tried_again(answer: bytes) -> None:
    """Whether the store did what was asked is unknown; the retry has a new connection."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer if server.connections == 1 else OK)

    async with raw(visit, LONG) as (server, transport):
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

    monkeypatch.setattr(transport_module, "_TIMEOUT", 0.05)
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
    """At once, though there is time left to try again: nobody is there to wait for."""

    async def visit(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    async with raw(visit, LONG) as (server, transport):
        request = asyncio.create_task(post(transport))
        await wait_until_async(lambda: server.connections == 1)
        await transport.aclose()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(request, 5)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(post(transport), 5)
        await wait_until_async(lambda: server.closed == 1)


async def test_an_answer_in_pieces_is_put_together() -> None:
    """Chunked, cut anywhere, and behind an informational one."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    late = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = early + late + b"2\r\nhi\r\n3\r\n ho\r\n0\r\n\r\n"

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            for start in range(len(pieces)):
                writer.write(pieces[start : start + 1])
                await writer.drain()

    async with raw(visit) as (server, transport):
        assert [await post(transport) for _ in range(2)] == [b"hi ho"] * 2
        assert server.connections == 1


async def test_an_answer_without_a_body_is_an_answer() -> None:
    """204 has no length."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with raw(visit) as (server, transport):
        assert [await post(transport) for _ in range(2)] == [b""] * 2
        assert server.connections == 1


@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"])
async def test_a_connection_that_the_server_closed_is_not_used_again(header: bytes) -> None:
    """Neither when it says so beforehand, nor when it closes while no request is under way."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK.replace(b"Content", header + b"Content"))
        await writer.drain()

    async with raw(visit) as (server, transport):
        for number in range(1, 4):
            assert await post(transport) == b"hi"
            await wait_until_async(lambda: server.closed == number)  # noqa: B023
            await asyncio.sleep(0.01)  # the news of it is on its way to us
        assert server.connections == 3


async def test_a_server_that_sends_though_nobody_asked_is_left() -> None:
    """Or what it sends would be kept for ever, or reach the next request."""
    answered = asyncio.Event()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        if server.connections == 1:
            await answered.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
        await reader.read()

    async with raw(visit) as (server, transport):
        await post(transport)
        answered.set()
        await wait_until_async(lambda: server.closed == 1)
        assert await post(transport) == b"hi"
        assert server.connections == 2


async def test_a_wait_for_a_connection_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers nobody must not keep those who have not even asked."""

    async def visit(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    async with raw(visit) as (server, transport):
        holding = [asyncio.create_task(post(transport)) for _ in range(100)]
        await wait_until_async(lambda: server.connections == 100)
        monkeypatch.setattr(transport_module, "_TIMEOUT", 0.05)
        with pytest.raises(Unavailable):
            await post(transport)
        await transport.aclose()
        lost = await asyncio.gather(*holding, return_exceptions=True)
        assert all(isinstance(each, Unavailable) for each in lost)


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
