"""A response that is too long to hold: read piece by piece, over a connection of its own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

from httptools import HttpParserError, HttpResponseParser

_PIECE = 64 * 1024
"""Bytes that are read at a time. Nothing is read while nobody takes the last piece."""


class Place(NamedTuple):
    """Where a server is."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class StreamedResponse:
    """A response whose head has come. Iterate over the body, and close it in any case.

    Raises `OSError` when the connection ends before the response does, or nothing comes for so
    long as `silence`, in seconds.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silence: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._silence = silence
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._has_head = self._is_whole = False

    @classmethod
    async def of(cls, place: Place, request: bytes, silence: float) -> "StreamedResponse":
        """Send a request, and wait for the head of its response. Raises `OSError`."""
        async with asyncio.timeout(silence):
            reader, writer = await asyncio.open_connection(place.host, place.port, ssl=place.tls)
        response = cls(reader, writer, silence)
        try:
            writer.write(request)
            await writer.drain()
            await response.wait_for_head()
        except BaseException:
            response.abort()
            raise
        return response

    async def wait_for_head(self) -> None:
        """Read until the status is known. Raises `OSError`."""
        while not self._has_head:
            await self._read()

    @property
    def status(self) -> int:
        """The status."""
        return int(self._parser.get_status_code())

    async def body(self) -> bytes:
        """All of a short body."""
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if self._is_whole:
                return
            await self._read()

    def abort(self) -> None:
        """Close the connection at once. Idempotent."""
        with suppress(OSError):
            self._writer.transport.abort()

    async def _read(self) -> None:
        async with asyncio.timeout(self._silence):
            data = await self._reader.read(_PIECE)
        if not data:
            raise ConnectionResetError("The response ended early.")
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            raise ConnectionError(f"The response is not HTTP: {error}") from error

    def on_headers_complete(self) -> None:
        """Part of httptools' protocol."""
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Part of httptools' protocol."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Part of httptools' protocol."""
        self._is_whole = True
