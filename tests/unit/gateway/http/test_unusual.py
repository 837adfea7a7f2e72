"""HTTP as clients and proxies speak it: what is unusual is taken, or refused with a reason."""

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import NamedTuple

import orjson
import pytest
import uvicorn
from fastapi import Request
from fastapi.responses import StreamingResponse
from turnstream.contracts.owner import ANONYMOUS, DEFAULT_TENANT, Owner
from turnstream.http.server import ServerOptions, server_config
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.unauthenticated_routes import unauthenticated
from turnstream_gateway.routes.dependencies import Renewal
from turnstream_gateway.settings import GatewaySettings

from tests.support.waiting import wait_until

MAX_BODY = 200_000
UNKNOWN = b'{"type": "threads.fly", "params": {}}'
"""Read whole, it is refused by a name that stands in it."""
JSON = "Content-Type: application/json"


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def detail(self) -> str:
        """What a problem document says."""
        return str(orjson.loads(self.body)["detail"])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A gateway without anything behind it, as `python -m turnstream_gateway` serves it."""
    app = create_app(
        GatewaySettings(max_body=MAX_BODY, url_signing_key="k" * 32, allowed_hosts="*")
    )

    @app.get("/link")
    async def link(request: Request, renew: Renewal) -> dict[str, object]:
        host = request.client.host if request.client else ""
        owner = Owner(DEFAULT_TENANT, ANONYMOUS)
        reference = app.state.services.files.links.reference(owner, "a.png")
        return {"link": renew(reference.encode()).decode(), "client": host}

    @app.get("/endless")
    @unauthenticated("it shows nothing")
    async def endless() -> StreamingResponse:
        async def stream() -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.01)

        return StreamingResponse(stream(), media_type="text/event-stream")

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        place = ServerOptions("", 0, timedelta(seconds=1), proxies=("127.0.0.1",))
        config = server_config(app, place)
        server = uvicorn.Server(config)
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        wait_until(lambda: server.started)
        yield listening.getsockname()[1]
        server.should_exit = True
        serving.join()


async def ask(
    port: int, request: str, *headers: str, body: bytes = b"", interface: str = "127.0.0.1"
) -> Answer:
    """Send a request as it is written here; the answer."""
    lines = [f"{request} HTTP/1.1", *headers, "Connection: close"]
    if body and not any(line.startswith("Transfer-Encoding") for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    if not any(line.startswith("Host") for line in headers):
        lines.append("Host: chat.example")
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(interface, 0))
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        async with asyncio.timeout(10):
            head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    first, *fields = head.decode("latin-1").split("\r\n")
    named = (field.partition(": ") for field in fields)
    return Answer(int(first.split()[1]), {name.lower(): value for name, _, value in named}, rest)


@pytest.mark.parametrize("path", ["/health", "/ready", "/openapi.json", "/link"])
async def test_what_can_be_got_has_a_head(port: int, path: str) -> None:
    """The same status and headers, and no body."""
    got, head = await ask(port, f"GET {path}"), await ask(port, f"HEAD {path}")
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/turns/turn_1", "/unknown"])
async def test_documents_are_kept_by_no_cache_and_taken_for_no_page(port: int, path: str) -> None:
    """Whatever their status."""
    headers = (await ask(port, f"GET {path}")).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_no_page_runs_scripts_of_others(port: int, path: str) -> None:
    """FastAPI's pages would, on the origin of our users."""
    assert (await ask(port, f"GET {path}")).status == 404


async def test_a_stream_that_never_ends_has_a_head_too(port: int) -> None:
    """Its route is told that nobody listens."""
    answer = await ask(port, "HEAD /endless")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    ("request_line", "allowed"),
    [
        ("GET /chatkit", "POST"),
        ("HEAD /chatkit", "POST"),
        ("DELETE /turns/x", "GET, HEAD"),
        ("PATCH /attachments/x/content", "GET, HEAD, POST, PUT"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    port: int, request_line: str, allowed: str
) -> None:
    """All of an address, though each may have a route of its own."""
    answer = await ask(port, request_line)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "headers",
    [
        ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        ("Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        ("Expect: 100-continue",),
    ],
    ids=["h2c", "websocket", "expect"],
)
async def test_an_offer_changes_nothing(port: int, headers: tuple[str, ...]) -> None:
    """The body behind it is read."""
    answer = await ask(port, "POST /chatkit", JSON, *headers, body=UNKNOWN)
    if "Expect: 100-continue" in headers:
        assert answer.status == 100
    else:
        assert (answer.status, "threads.fly" in answer.detail) == (400, True)


async def test_a_proxy_is_what_this_is_not(port: int) -> None:
    """CONNECT is refused; an absolute address is one of ours."""
    assert (await ask(port, "CONNECT db.internal:5432")).status == 400
    assert (await ask(port, "GET http://other.example/health?x=1")).status == 200


def deflated(body: bytes, window: int) -> bytes:
    """The body in one of the two forms that clients call deflate."""
    packer = zlib.compressobj(wbits=window)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(UNKNOWN)),
        ("X-GZIP", gzip.compress(UNKNOWN[:9]) + gzip.compress(UNKNOWN[9:])),
        ("deflate", zlib.compress(UNKNOWN)),
        ("deflate", deflated(UNKNOWN, -15)),
        ("identity", UNKNOWN),
    ],
    ids=["gzip", "two members", "deflate", "raw deflate", "identity"],
)
async def test_a_packed_body_is_unpacked(port: int, encoding: str, body: bytes) -> None:
    """As clients and proxies on slow lines send them."""
    answer = await ask(port, "POST /chatkit", JSON, f"Content-Encoding: {encoding}", body=body)
    assert (answer.status, "threads.fly" in answer.detail) == (400, True)


@pytest.mark.parametrize(
    ("encoding", "body", "status", "says"),
    [
        ("br", UNKNOWN, 415, "br is not taken, only gzip, deflate"),
        ("gzip, gzip", gzip.compress(gzip.compress(UNKNOWN)), 415, "gzip, gzip is not taken"),
        ("gzip", UNKNOWN, 400, "not gzip"),
        ("gzip", gzip.compress(UNKNOWN)[:-9], 400, "ended before it was whole"),
        ("gzip", gzip.compress(b" " * 5_000_000), 413, "MAX_BODY"),
        ("deflate", zlib.compress(b" " * 5_000_000), 413, "MAX_BODY"),
    ],
    ids=["br", "twice", "no gzip", "cut off", "gzip bomb", "deflate bomb"],
)
async def test_a_body_that_can_not_be_unpacked_is_told_why(
    port: int, encoding: str, body: bytes, status: int, says: str
) -> None:
    """The limit is on what it holds, so it can't grow in here."""
    answer = await ask(port, "POST /chatkit", JSON, f"Content-Encoding: {encoding}", body=body)
    assert (answer.status, says in answer.detail) == (status, True)
    assert ("accept-encoding" in answer.headers) is (status == 415)


@pytest.mark.parametrize(
    ("headers", "body", "status", "says"),
    [
        ((JSON,), b"\xef\xbb\xbf" + UNKNOWN, 400, "threads.fly"),
        ((f"{JSON}; Charset=UTF-8",), UNKNOWN, 400, "threads.fly"),
        ((f"{JSON}; charset=utf-16",), UNKNOWN, 415, "in UTF-8, got charset=utf-16"),
        ((), UNKNOWN, 415, "got nothing"),
        (("Content-Type: text/plain",), UNKNOWN, 415, "got text/plain"),
        ((JSON, "Content-Type: text/plain"), UNKNOWN, 415, "application/json, text/plain"),
        ((JSON, "X-User-Id: a", "X-User-Id: b"), UNKNOWN, 401, "more than once"),
        (
            (JSON, "Transfer-Encoding: chunked"),
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(UNKNOWN), UNKNOWN),
            400,
            "threads.fly",
        ),
    ],
)
async def test_what_is_said_of_a_body_is_taken_at_its_word(
    port: int, headers: tuple[str, ...], body: bytes, status: int, says: str
) -> None:
    """A mark at its beginning is none of it; a wrong declaration is named."""
    answer = await ask(port, "POST /chatkit", *headers, body=body)
    assert answer.status == status
    assert says in answer.detail


async def test_a_slash_at_the_end_is_the_same_address(port: int) -> None:
    """Without a redirect, which would lose the body and name the proxy's side of things."""
    answer = await ask(port, "POST /chatkit/", JSON, body=UNKNOWN)
    assert (answer.status, "threads.fly" in answer.detail) == (400, True)
    assert (await ask(port, "GET /health/?x=1")).status == 200
    assert (await ask(port, "GET //")).status == 404


FORWARDED = (
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: chat.test, inner.test",
    "X-Forwarded-For: 203.0.113.9",
)


@pytest.mark.parametrize(
    ("interface", "path", "headers", "begins", "client"),
    [
        ("127.0.0.1", "/link", FORWARDED, "https://chat.test/files/", "203.0.113.9"),
        ("127.0.0.2", "/link", FORWARDED, "http://chat.example/files/", "127.0.0.2"),
        ("127.0.0.1", "/link", (), "http://chat.example/files/", "127.0.0.1"),
        (
            "127.0.0.1",
            "/link",
            ("X-Forwarded-Prefix: /help/",),
            "http://chat.example/help/files/",
            "127.0.0.1",
        ),
        (
            "127.0.0.1",
            "/help/link",
            ("X-Forwarded-Prefix: /help",),
            "http://chat.example/help/files/",
            "127.0.0.1",
        ),
        (
            "127.0.0.1",
            "/link",
            ("X-Forwarded-Prefix: /link",),
            "http://chat.example/link/files/",
            "127.0.0.1",
        ),
    ],
    ids=["trusted", "untrusted", "none", "cut prefix", "whole prefix", "prefix like the path"],
)
async def test_links_lead_where_the_user_came_from(
    port: int, interface: str, path: str, headers: tuple[str, ...], begins: str, client: str
) -> None:
    """Through a trusted proxy: its scheme, host and prefix. Nobody else is believed."""
    answer = await ask(port, f"GET {path}", *headers, interface=interface)
    assert answer.status == 200
    told = orjson.loads(answer.body)
    assert told["link"].startswith(begins)
    assert told["client"] == client
