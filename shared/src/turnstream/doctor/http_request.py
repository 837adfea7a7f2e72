"""One HTTP request, as exactly as a browser's: the version, every header, and when bytes come.

It runs in a thread, for the standard library is the only client that shows all of that.
"""

import asyncio
import base64
import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage
from urllib.parse import SplitResult, unquote, urlsplit

from turnstream.doctor.findings import Finding, failure

HTTP_1_0 = 10
"""How the standard library numbers that version."""
_PIECE = 65_536
_MOST = 4 * 1024 * 1024
"""Bytes of an answer that are read: those of ours are shorter."""

FAILURES = (OSError, http.client.HTTPException)
"""What a request raises that got no answer."""


@dataclass(frozen=True)
class Request:
    """What is asked."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    silence: float = 5.0
    """Seconds without a byte, after which it is given up."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    version: int
    headers: HTTPMessage
    pieces: list[tuple[float, bytes]]
    """The body as it came: seconds since the request, and bytes."""
    cut: str = ""
    """Why it ended early; empty where it ended in order."""

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def said(self) -> str:
        """The status and the beginning of the body, for a person."""
        return f"{self.status} {self.body[:200].decode(errors='replace')}".strip()


async def ask(request: Request) -> Answer:
    """The answer to a request. Raises one of `FAILURES` if there is none."""
    return await asyncio.to_thread(_ask, request)


def unreachable(what: str, error: Exception, remedy: str) -> Finding:
    """The finding for a request without an answer, in plain words."""
    return failure(f"{what} does not answer: {in_words(error)}", remedy)


def in_words(error: Exception) -> str:
    """Why a request got no answer."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ssl.SSLError():
            return "it does not speak TLS there"
        case ConnectionRefusedError():
            return "nobody listens at that address"
        case TimeoutError():
            return "no answer in time"
        case http.client.HTTPException():
            return f"what it says is not HTTP ({type(error).__name__})"
    return str(error) or type(error).__name__


def _ask(request: Request) -> Answer:
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=request.silence)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        began = time.monotonic()
        connection.request(request.method, path, request.body, _headers(parts, request))
        response = connection.getresponse()
        pieces, cut = _read(response, began)
        return Answer(response.status, response.version, response.headers, pieces, cut)
    finally:
        connection.close()


def _read(
    response: http.client.HTTPResponse, began: float
) -> tuple[list[tuple[float, bytes]], str]:
    """The pieces of the body as they came, and why it ended early, if it did."""
    pieces: list[tuple[float, bytes]] = []
    try:
        while sum(len(each) for _, each in pieces) < _MOST and (piece := response.read1(_PIECE)):
            pieces.append((time.monotonic() - began, piece))
    except FAILURES as error:
        return pieces, in_words(error)
    return pieces, ""


def _headers(parts: SplitResult, request: Request) -> dict[str, str]:
    """Those of the request, and the basic authentication that its address names."""
    if not parts.username:
        return dict(request.headers)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    basic = base64.b64encode(pair.encode()).decode()
    return {"Authorization": f"Basic {basic}", **request.headers}
