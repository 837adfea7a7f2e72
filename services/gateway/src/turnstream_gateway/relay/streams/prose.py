"""A turn's stream as plain text, for `curl` and anyone who reads along with it."""

from collections.abc import AsyncIterator

import orjson
from turnstream.prose import Piece, Prose

PLAIN = "text/plain"
_RESTARTS = (b": restart", b"event: restart")


def wants_prose(accept: str | None) -> bool:
    """True for a client that names plain text before all else.

    Browsers' libraries name it behind JSON without meaning it.
    """
    first, _, _ = (accept or "").partition(",")
    media_type, _, _ = first.partition(";")
    return media_type.strip().lower() == PLAIN


async def prose(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The text of a stream's frames. A chunk holds whole frames, so nothing is kept between two.

    This is the one viewer whose events a gateway reads; it costs that viewer alone.
    """
    writer = Prose()
    async for chunk in chunks:
        pieces: list[Piece] = []
        for line in chunk.split(b"\n"):
            if line.startswith(b"data: "):
                pieces += writer.tell(orjson.loads(line[6:]))
            elif line in _RESTARTS:
                pieces += writer.restart()
        if pieces:
            yield "".join(piece.text for piece in pieces).encode()
    yield writer.end().encode()
