"""Many open answers in one process: cheap readers that count words and their delays."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from bench.client import asking
from bench.load import user

_SENT = re.compile(rb'"sent":"(\d{20})"')
_TURN_ID = re.compile(rb"\r\nturn-id: (\S+)\r\n", re.IGNORECASE)
_OPENING_AT_ONCE = 20
_TIMEOUT = 60.0
"""Seconds for a stream to open or to end."""
_RETRY_AFTER = 1.0
"""What the gateway says with a 503."""


class StreamFailed(Exception):
    """A stream was refused or broke off."""


class ViewerRefused(StreamFailed):
    """The server asked to try again later: 503 or 429."""


class Viewer(asyncio.Protocol):
    """One stream. `opened` gives its turn's id; `ended` says that the answer was complete."""

    def __init__(self, request: bytes, delays: list[float]) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.words = 0
        self.transport: asyncio.Transport
        self._request = request
        self._delays = delays
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        now = time.perf_counter_ns()
        seen = self._rest + data
        if not self.opened.done():
            self._open(seen)
        whole = seen.rfind(b"\n\n") + 1
        for sent in _SENT.findall(seen, 0, whole):
            self.words += 1
            self._delays.append((now - int(sent)) / 1e9)
        if seen.endswith(b"\r\n0\r\n\r\n") and not self.ended.done():
            self.ended.set_result(None)
        self._rest = seen[whole:]

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        for future in (self.opened, self.ended):
            if not future.done():
                future.set_exception(StreamFailed(f"connection lost: {error}"))
                future.exception()  # looked at here: nobody may be waiting for it

    def _open(self, seen: bytes) -> None:
        head, end, _ = seen.partition(b"\r\n\r\n")
        if not end:
            return
        if head.startswith(b"HTTP/1.1 200 "):
            found = _TURN_ID.search(head + b"\r\n")
            self.opened.set_result(found[1].decode() if found else "")
        else:
            later = head.startswith((b"HTTP/1.1 503", b"HTTP/1.1 429"))
            failure = ViewerRefused if later else StreamFailed
            self.opened.set_exception(failure(seen[-300:].decode(errors="replace")))


class Viewers:
    """All of them; `delays` are those of all words, in seconds."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._all: list[Viewer] = []
        self.delays: list[float] = []
        self.refused = 0
        """Openings that had to be tried again."""

    @property
    def words(self) -> int:
        """Words that came, over all streams."""
        return sum(viewer.words for viewer in self._all)

    @property
    def turn_ids(self) -> list[str]:
        """The turns that are watched, in the order of their opening."""
        return [viewer.opened.result() for viewer in self._all]

    async def open(self, count: int) -> None:
        """So many more streams, each of a user of its own. Raises `StreamFailed`."""
        places = asyncio.Semaphore(_OPENING_AT_ONCE)

        async def one(number: int) -> Viewer:
            async with places, asyncio.timeout(_TIMEOUT):
                return await self._opened(asking(user(number), "hello"))

        first = len(self._all)
        self._all += await asyncio.gather(*(one(first + n) for n in range(count)))

    async def _opened(self, request: bytes) -> Viewer:
        """A new stream; one that is refused is asked for again, when the answer says so."""
        loop = asyncio.get_running_loop()
        while True:
            _, viewer = await loop.create_connection(
                lambda: Viewer(request, self.delays), "127.0.0.1", self._port
            )
            try:
                await viewer.opened
            except ViewerRefused:
                self.refused += 1
                viewer.transport.close()
                await asyncio.sleep(_RETRY_AFTER)
            else:
                return viewer

    async def without_an_end(self) -> int:
        """How many streams broke off, or did not end in time."""
        await asyncio.wait([viewer.ended for viewer in self._all], timeout=_TIMEOUT)
        return sum(not v.ended.done() or v.ended.exception() is not None for v in self._all)

    def close(self) -> None:
        """Hang up everywhere."""
        for viewer in self._all:
            viewer.transport.close()


@asynccontextmanager
async def viewers_of(port: int, count: int) -> AsyncIterator[Viewers]:
    """So many open streams for the block."""
    viewers = Viewers(port)
    try:
        await viewers.open(count)
        yield viewers
    finally:
        viewers.close()
