"""Kept HTTP/1.1 connections to one server that is asked for everything, many times a turn.

httptools reads the answers, as it reads the requests for uvicorn. What the store does not need is
not here: redirects, cookies, compression, proxies, bodies that stream. docs/decisions/013 tells
what that is worth, and what was tried before.
"""

import asyncio
import ssl
import time
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

_LIMIT = 100
"""Connections; whoever wants another waits."""
_KEPT = 4.0
"""Seconds that a connection is kept unused: less than uvicorn keeps it."""
_CONNECT = 2.0
"""Seconds for a new connection."""


class Answer(NamedTuple):
    """What a server said, in full."""

    status: int
    body: bytes


class Connections:
    """The connections to the server of one URL, the one used last first."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._ssl = ssl.create_default_context() if parts.scheme == "https" else None
        self._base = parts.path.rstrip("/")
        self._host_header = parts.netloc.rpartition("@")[2]
        self._free = asyncio.Semaphore(_LIMIT)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    async def ask(self, method: str, target: str, body: bytes | None, patience: float) -> Answer:
        """The answer to one request. `target` is an encoded path with its query.

        Waits up to `patience` seconds for a connection, and as long again for the answer. Raises
        `OSError`, of which `TimeoutError` is one: then the server may have done what was asked, or
        not.
        """
        if self._free.locked():
            async with asyncio.timeout(patience):
                await self._free.acquire()
        else:
            await self._free.acquire()  # at once: a timeout for it would cost more than it does
        try:
            connection = self._kept() or await self._connect()
            try:
                answer = await connection.ask(self._request(method, target, body), patience)
            except BaseException:
                connection.abort()  # an answer that is no longer awaited must not reach another
                raise
            if connection.usable:
                self._idle.append(connection)
            return answer
        finally:
            self._free.release()

    async def aclose(self) -> None:
        """Close every connection. Who still waits for an answer gets a `ConnectionError`."""
        for connection in tuple(self._open):
            connection.abort()

    def _request(self, method: str, target: str, body: bytes | None) -> bytes:
        head = f"{method} {self._base}{target} HTTP/1.1\r\nHost: {self._host_header}\r\n"
        if body is None:
            return f"{head}\r\n".encode()
        about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{about}".encode() + body

    def _kept(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and time.monotonic() - connection.used < _KEPT:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_CONNECT):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._open), self._host, self._port, ssl=self._ssl
            )
        return connection


class _Connection(asyncio.Protocol):
    """One request at a time, and the parser's callbacks for its answer."""

    def __init__(self, registry: set["_Connection"]) -> None:
        self._registry = registry
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []
        self.used = 0.0
        """When the last answer came, by the monotonic clock."""
        self._sound = True

    @property
    def usable(self) -> bool:
        """True when a request may be sent."""
        return self._sound and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, patience: float) -> Answer:
        """Raises `OSError`; abort it then."""
        if not self.usable:
            raise ConnectionResetError("The server closed the connection.")
        assert self._transport is not None
        self._transport.write(request)
        self._answer = self._loop.create_future()
        timer = self._loop.call_later(patience, self._fail, TimeoutError("No answer in time."))
        try:
            return await self._answer
        finally:
            timer.cancel()
            self._answer = None

    def abort(self) -> None:
        """Close at once. Doing it again does nothing."""
        self._fail(ConnectionAbortedError("The connection was closed."))
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self._registry.add(self)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        if self._answer is None:
            self.abort()  # nobody asked, and nobody will take what it says
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(ConnectionError(f"What the server said is not HTTP: {error}"))

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
            return  # the answer itself is still to come
        if self._answer is None or self._answer.done():
            self._sound = False  # a second answer: who knows what would come next
            return
        self._sound = self._parser.should_keep_alive()
        self.used = time.monotonic()
        self._answer.set_result(Answer(status, body))

    def _fail(self, error: Exception) -> None:
        self._sound = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
