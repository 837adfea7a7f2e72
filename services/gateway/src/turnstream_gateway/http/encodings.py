"""Compressed request bodies: unpacked piece by piece, never more than is needed."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Iterator

from turnstream.errors import BadRequest, UnsupportedEncoding

_PIECE = 64 * 1024
"""Bytes unpacked at a time: a body of zeros grows a thousandfold."""
_GZIP = 16 + zlib.MAX_WBITS
_DEFLATE = zlib.MAX_WBITS
_DEFLATE_WITHOUT_HEADER = -zlib.MAX_WBITS


async def unpacked(
    packed: AsyncIterable[bytes], content_encoding: str
) -> AsyncGenerator[bytes, None]:
    """What a body with this `Content-Encoding` holds, in pieces.

    Raises `UnsupportedEncoding`, and `BadRequest` for a body that is not of its encoding or not
    whole.
    """
    match content_encoding.strip().lower():
        case "" | "identity":
            stream = None
        case "gzip" | "x-gzip":
            stream = _ZlibStream("gzip", _GZIP)
        case "deflate":
            stream = _ZlibStream("deflate", _DEFLATE)
        case other:
            accepted = UnsupportedEncoding.headers["Accept-Encoding"]
            raise UnsupportedEncoding(f"Content-Encoding {other} is not taken, only {accepted}.")
    async for received in packed:
        for piece in stream.unpacked(received) if stream else (received,):
            yield piece
    if stream:
        stream.end()


class _ZlibStream:
    """A body in one of zlib's formats. Several that follow each other are one, as for `gzip -d`."""

    def __init__(self, name: str, window: int) -> None:
        self._name = name
        self._window = window
        self._member = zlib.decompressobj(window)
        self._begun = False

    def unpacked(self, piece: bytes) -> Iterator[bytes]:
        """What a piece holds, in pieces. Raises `BadRequest` for what is not of this format."""
        if not self._begun and piece:
            self._begin(piece)
        unpacked = b""
        while piece or len(unpacked) == _PIECE:
            if self._member.eof and piece:
                self._member = zlib.decompressobj(self._window)
            try:
                unpacked = self._member.decompress(piece, _PIECE)
            except zlib.error as error:
                raise BadRequest(f"The body is not {self._name}, as it says.") from error
            yield unpacked
            piece = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> None:
        """Raise `BadRequest` if the body is not whole."""
        if self._begun and not self._member.eof:
            raise BadRequest("The body ended before it was whole.")

    def _begin(self, piece: bytes) -> None:
        """Some clients leave out the header that `deflate` has."""
        self._begun = True
        if self._window == _DEFLATE and piece[0] & 0x0F != zlib.DEFLATED:
            self._window = _DEFLATE_WITHOUT_HEADER
            self._member = zlib.decompressobj(self._window)
