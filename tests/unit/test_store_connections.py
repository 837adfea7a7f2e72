"""Connections to the store: kept while they are good, and what goes wrong has a name."""

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
from turnstream.store_client.connections import Answer, Connections

from tests.support.waiting import wait_until_async

Talk = Callable[["Visit"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
PATIENCE = 20.0
"""Seconds: only one test waits for its own."""


class Visit:
    """One connection, as the server sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def hear(self) -> bytes:
        """The next request, whole."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head + await self._reader.readexactly(int(length or 0))

    async def say(self, data: bytes) -> None:
        """Send these bytes, whatever they are."""
        self._writer.write(data)
        await self._writer.drain()

    def hang_up(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def until_gone(self) -> None:
        """Wait until the client has hung up."""
        assert await self._reader.read() == b""


class Server:
    """A server that talks to every visitor as the test has it, and counts them."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.visits = 0
        self.left = 0

    async def visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk, until either side hangs up."""
        self.visits += 1
        try:
            await self._talk(Visit(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.left += 1
            writer.close()


@asynccontextmanager
async def talking(talk: Talk, path: str = "") -> AsyncIterator[tuple[Server, Connections]]:
    """A server that talks so, and connections to it."""
    server = Server(talk)
    listening = await asyncio.start_server(server.visited, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    connections = Connections(f"http://127.0.0.1:{port}{path}")
    try:
        yield server, connections
    finally:
        await connections.aclose()
        listening.close()


async def ask(connections: Connections, patience: float = PATIENCE) -> Answer:
    return await connections.ask("POST", "/turns?owner=a%20b", b"{}", patience)


async def answering(visit: Visit) -> None:
    while True:
        await visit.hear()
        await visit.say(OK)


async def test_a_request_is_said_and_its_answer_heard() -> None:
    """With path and query as they are given, behind the path of the server's own URL."""
    heard = []

    async def talk(visit: Visit) -> None:
        heard.append(await visit.hear())
        await visit.say(OK)

    async with talking(talk, path="/store/") as (_, connections):
        assert await ask(connections) == Answer(200, b"hi")

    line, host, *rest = heard[0].split(b"\r\n")
    assert line == b"POST /store/turns?owner=a%20b HTTP/1.1"
    assert host.startswith(b"Host: 127.0.0.1:")
    assert rest == [b"Content-Type: application/json", b"Content-Length: 2", b"", b"{}"]


async def test_a_connection_is_kept_for_the_next_request() -> None:
    """And those who ask at the same time have one each."""
    async with talking(answering) as (server, connections):
        for _ in range(3):
            await ask(connections)
        assert server.visits == 1

        await asyncio.gather(*(ask(connections) for _ in range(5)))
        assert server.visits == 5


async def test_an_answer_in_pieces_is_put_together() -> None:
    """Chunked, cut anywhere, and behind an informational one."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    late = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = early + late + b"2\r\nhi\r\n3\r\n ho\r\n0\r\n\r\n"

    async def talk(visit: Visit) -> None:
        while True:
            await visit.hear()
            for place in range(len(pieces)):
                await visit.say(pieces[place : place + 1])

    async with talking(talk) as (server, connections):
        assert await ask(connections) == Answer(404, b"hi ho")
        assert await ask(connections) == Answer(404, b"hi ho")
        assert server.visits == 1


async def test_an_answer_without_a_body_is_an_answer() -> None:
    """204 has no length."""

    async def talk(visit: Visit) -> None:
        while True:
            await visit.hear()
            await visit.say(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with talking(talk) as (server, connections):
        assert [await ask(connections) for _ in range(2)] == [Answer(204, b"")] * 2
        assert server.visits == 1


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """Neither when it says so beforehand, nor when it just hangs up while nobody asks."""
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.say(OK if server.visits == 1 else closing)
        visit.hang_up()

    async with talking(talk) as (server, connections):
        for _ in range(3):
            assert await ask(connections) == Answer(200, b"hi")
            await wait_until_async(lambda: not connections._open)
        assert server.visits == 3


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", b"SMTP? 250 OK\r\n\r\n"]
)
async def test_a_server_that_breaks_off_or_talks_nonsense_is_a_lost_connection(said: bytes) -> None:
    """Nobody can know whether it did what it was asked; the next request has a new connection."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.say(said if server.visits == 1 else OK)
        visit.hang_up()

    async with talking(talk) as (server, connections):
        with pytest.raises(ConnectionError):
            await ask(connections)
        assert await ask(connections) == Answer(200, b"hi")


async def test_an_answer_that_does_not_come_in_time_is_a_timeout() -> None:
    """The connection is given up with it: what comes late must not answer another request."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        if server.visits == 1:
            await visit.until_gone()
        await visit.say(OK)

    async with talking(talk) as (server, connections):
        with pytest.raises(TimeoutError):
            await ask(connections, patience=0.05)
        assert await ask(connections) == Answer(200, b"hi")
        await wait_until_async(lambda: server.left == 2)


async def test_who_is_cancelled_gives_the_connection_up() -> None:
    """Its answer is still to come, and would be taken for the next one's."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await (visit.until_gone() if server.visits == 1 else visit.say(OK))

    async with talking(talk) as (server, connections):
        asking = asyncio.create_task(ask(connections))
        await wait_until_async(lambda: server.visits == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await wait_until_async(lambda: server.left == 1)
        assert await ask(connections) == Answer(200, b"hi")


async def test_an_answer_to_nothing_ends_a_connection() -> None:
    """Whoever asks next would be told what another was."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.say(OK + (b"" if server.visits > 1 else OK))
        await visit.until_gone()

    async with talking(talk) as (server, connections):
        assert await ask(connections) == Answer(200, b"hi")
        assert await ask(connections) == Answer(200, b"hi")
        assert server.visits == 2


async def test_a_server_that_talks_though_nobody_asks_is_left() -> None:
    """Or what it says would be kept for ever."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.say(OK)
        if server.visits == 1:
            await asked_once.wait()
            await visit.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
        await visit.until_gone()

    asked_once = asyncio.Event()
    async with talking(talk) as (server, connections):
        await ask(connections)
        asked_once.set()
        await wait_until_async(lambda: server.left == 1)
        assert await ask(connections) == Answer(200, b"hi")
        assert server.visits == 2


async def test_a_store_may_be_asked_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificate is checked: one that nobody vouches for is a failed connection."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    _make_certificate(key, certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = Server(answering)
    listening = await asyncio.start_server(server.visited, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"

    with pytest.raises(OSError, match="certificate verify failed"):
        await ask(Connections(url))

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    connections = Connections(url)
    for _ in range(2):
        assert await ask(connections) == Answer(200, b"hi")
    assert server.visits == 1
    await connections.aclose()
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


async def test_more_than_a_hundred_wait_for_each_other() -> None:
    """Every one is answered, over no more than a hundred connections."""
    asked: list[bytes] = []

    async def talk(visit: Visit) -> None:
        while True:
            asked.append(await visit.hear())
            await wait_until_async(lambda: len(asked) >= 100)
            await visit.say(OK)

    async with talking(talk) as (server, connections):
        answers = await asyncio.gather(*(ask(connections) for _ in range(150)))
        assert answers == [Answer(200, b"hi")] * 150
        assert server.visits == 100


async def test_a_wait_for_a_connection_has_an_end_too() -> None:
    """A server that answers nobody must not keep those who have not even asked."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.until_gone()

    async with talking(talk) as (server, connections):
        holding = [asyncio.create_task(ask(connections)) for _ in range(100)]
        await wait_until_async(lambda: server.visits == 100)
        with pytest.raises(TimeoutError):
            await ask(connections, patience=0.05)
        await connections.aclose()
        lost = await asyncio.gather(*holding, return_exceptions=True)
        assert all(isinstance(each, ConnectionError) for each in lost)


async def test_closing_tells_those_who_wait() -> None:
    """They hear it as a lost connection, at once."""

    async def talk(visit: Visit) -> None:
        await visit.hear()
        await visit.until_gone()

    async with talking(talk) as (server, connections):
        asking = asyncio.create_task(ask(connections))
        await wait_until_async(lambda: server.visits == 1)
        await connections.aclose()
        with pytest.raises(ConnectionError):
            await asking
        await wait_until_async(lambda: server.left == 1)


async def test_a_server_that_is_away_is_an_os_error() -> None:
    """As the operating system names it."""
    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        await ask(Connections("http://127.0.0.1:1"))
