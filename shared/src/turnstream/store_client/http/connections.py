"""A pool of HTTP/1.1 connections to one server.

httptools parses the responses, as it parses the requests for uvicorn. There is nothing that the
store does not need: no redirects, cookies, compression, proxies or streamed bodies. What that saves
is in docs/decisions/022.
"""

import asyncio
import ssl
import time
from base64 import b64encode
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, cast
from urllib.parse import SplitResult, unquote, urlsplit

from httptools import HttpParserError, HttpResponseParser

from turnstream.store_client.http.streaming import StreamedResponse, streamed

_LIMIT = 100
"""Connections at once; a request that finds all of them busy waits for one."""
_KEPT = 4.0
"""Seconds that an unused connection is kept: less than uvicorn's 5, so that the store never closes
one while a request is sent on it."""
_CONNECT = 2.0
"""Seconds for a new connection."""


class Request(NamedTuple):
    """What is asked of the server. `target` is an encoded path with its query."""

    method: str
    target: str
    headers: str = ""
    """Whole lines, beside those that every request has."""
    body: bytes | None = None


class Response(NamedTuple):
    """What the server answered, in full."""

    status: int
    body: bytes


class Connections:
    """The connections to the server of one URL; the one used last is used next.

    A connection on which anything goes wrong is closed and never used again, so that a late
    response cannot reach another request.
    """

    def __init__(self, url: str, headers: str = "") -> None:
        """`headers` are whole lines that every request has."""
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._base = parts.path.rstrip("/")
        self._origin = f"{parts.scheme}://{_host(parts)}"
        self._headers = _headers(parts) + headers
        self._free = asyncio.Semaphore(_LIMIT)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self.closed = False

    async def request(self, request: Request, timeout: float) -> Response:
        """Send one request.

        Waits up to `timeout` seconds for a connection, and as long again for the response. Raises
        `OSError`, of which `TimeoutError` is one: then the server may have done what was asked, or
        not.
        """
        if self._free.locked():
            async with asyncio.timeout(timeout):
                await self._free.acquire()
        else:
            await self._free.acquire()  # returns at once; a timeout would cost more than the call
        try:
            connection = self._reusable() or await self._connect()
            try:
                response = await connection.send(self._encode(request), timeout)
            except BaseException:
                connection.abort()
                raise
            if connection.usable:
                self._idle.append(connection)
            return response
        finally:
            self._free.release()

    def stream(
        self, request: Request, silence: float
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        """Send a `GET` over a connection of its own, for a response that is too long to hold.

        Raises `OSError`, also when nothing comes for `silence` seconds.
        """
        if self.closed:
            raise ConnectionAbortedError("The connections are closed.")
        lines = f"{self._headers}{request.headers}".split("\r\n")
        named = [line.partition(": ") for line in lines if line]
        headers = [(name, value) for name, _, value in named]
        return streamed(f"{self._origin}{self._base}{request.target}", headers, silence)

    async def aclose(self) -> None:
        """Close every connection. Requests under way and later ones raise `ConnectionError`."""
        self.closed = True
        for connection in tuple(self._open):
            connection.abort()

    def _encode(self, request: Request) -> bytes:
        method, target, headers, body = request
        head = f"{method} {self._base}{target} HTTP/1.1\r\n{self._headers}{headers}"
        if body is None:
            return f"{head}\r\n".encode()
        entity = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{entity}".encode() + body

    def _reusable(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and time.monotonic() - connection.used_at < _KEPT:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> "_Connection":
        if self.closed:
            raise ConnectionAbortedError("The connections are closed.")
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._open), self._host, self._port, ssl=self._ssl
            )
        return connection


def _headers(parts: SplitResult) -> str:
    """The headers of every request, with basic authentication where the URL has a user."""
    headers = f"Host: {_host(parts)}\r\n"
    if parts.username is None:
        return headers
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"{headers}Authorization: Basic {b64encode(user.encode()).decode()}\r\n"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


class _Connection(asyncio.Protocol):
    """Sends one request at a time, and is the parser's callbacks for its response."""

    def __init__(self, registry: set["_Connection"]) -> None:
        self._registry = registry
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._response: asyncio.Future[Response] | None = None
        self._body: list[bytes] = []
        self.used_at = 0.0
        """When the last response came, by the monotonic clock."""
        self._sound = True

    @property
    def usable(self) -> bool:
        """True when a request may be sent."""
        return self._sound and self._transport is not None and not self._transport.is_closing()

    async def send(self, request: bytes, timeout: float) -> Response:
        """Send a request and wait for its response. Raises `OSError`; call `abort()` then."""
        if not self.usable:
            raise ConnectionResetError("The server closed the connection.")
        assert self._transport is not None
        self._transport.write(request)
        self._response = self._loop.create_future()
        timer = self._loop.call_later(timeout, self._fail, TimeoutError("No response in time."))
        try:
            return await self._response
        finally:
            timer.cancel()
            self._response = None

    def abort(self) -> None:
        """Close at once; the request under way raises `ConnectionAbortedError`. Idempotent."""
        self._fail(ConnectionAbortedError("The connection was closed."))
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._registry.add(self)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        if self._response is None:
            self.abort()  # no request is under way: nobody would take this
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(ConnectionError(f"The response is not HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._registry.discard(self)
        self._fail(error or ConnectionResetError("The server closed the connection."))

    def on_body(self, body: bytes) -> None:
        """Part of httptools' protocol."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Part of httptools' protocol."""
        status, body = self._parser.get_status_code(), b"".join(self._body)
        self._body.clear()
        if status < 200:
            return  # informational: the response itself is still to come
        if self._response is None or self._response.done():
            self._sound = False  # a second response: whose would the next one be?
            return
        self._sound = self._parser.should_keep_alive()
        self.used_at = time.monotonic()
        self._response.set_result(Response(status, body))

    def _fail(self, error: Exception) -> None:
        self._sound = False
        if self._response is not None and not self._response.done():
            self._response.set_exception(error)
