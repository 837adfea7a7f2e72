"""uvicorn's HTTP protocol, with what it knows put to use.

It sends a response's head together with the first of its body: uvicorn writes them one after the
other, and every write is a system call that wakes whoever reads. And it says of a request whether
all of its body is here: then nobody needs a timer to wait for it.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

BODY_IS_HERE = "turnstream.body_is_here"
"""In a request's scope, once its body came."""

_HEAD = b"HTTP/1.1 "


class HttpProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=...)`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Part of asyncio.Protocol."""
        super().connection_made(cast(asyncio.Transport, _HeadKeeper(transport, self.loop)))

    def on_message_complete(self) -> None:
        """Part of httptools' protocol."""
        self.scope[BODY_IS_HERE] = True  # type: ignore[literal-required]
        super().on_message_complete()


class _HeadKeeper:
    """A transport that keeps a head until more is written, or until the loop's next round.

    What only looks like a head is sent in the right order too, and hardly later.
    """

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Part of asyncio.Transport."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Part of asyncio.Transport."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head and not self._transport.is_closing():
            self._transport.write(self._head)
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
