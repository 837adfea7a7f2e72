"""The body of a request, as the server hands it over."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from turnstream.errors import BodyTooLarge


async def read_body(receive: Receive, limit: int | None = None) -> bytes:
    """All of a body. Raises `BodyTooLarge` before more than `limit` bytes are kept, and
    `ClientDisconnect` when the client goes away within it.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if limit is not None and len(body) > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return bytes(body)


def too_large(limit: int) -> BodyTooLarge:
    """The failure that tells how much a body may hold."""
    return BodyTooLarge(f"A request body may hold {limit} bytes (MAX_BODY).")
