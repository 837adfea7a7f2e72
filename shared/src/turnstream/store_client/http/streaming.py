"""A response that is too long to hold: read piece by piece, over a connection of its own.

No turn waits for it, so that a library does it: the figures for a pool of our own are those of
short requests.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

_PIECE = 64 * 1024
"""Bytes of a piece at most. Little more is read while nobody takes it."""


class StreamedResponse(NamedTuple):
    """A response whose head has come."""

    status: int
    pieces: AsyncIterator[bytes]

    async def body(self) -> bytes:
        """All of a short body."""
        return b"".join([piece async for piece in self.pieces])


@asynccontextmanager
async def streamed(
    url: str, headers: Sequence[tuple[str, str]], silence: float
) -> AsyncIterator[StreamedResponse]:
    """The response to a `GET` of a URL, for the length of the block.

    Raises `OSError`, also within the block, when the connection ends before the response does, or
    nothing comes for so many seconds.
    """
    import aiohttp  # only here: it would double the time in which `turnstream --help` starts

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            yield StreamedResponse(response.status, response.content.iter_chunked(_PIECE))
    except aiohttp.ClientError as error:
        raise ConnectionError(f"The response was cut off: {error}") from error
