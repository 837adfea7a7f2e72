"""The body of a request, as the server hands it over."""

import asyncio

from starlette.requests import Request

from turnstream.errors import BadRequest, BodyTooLarge, TimedOut
from turnstream.http.http_protocol import BODY_IS_HERE

_PATIENCE = 30.0
"""Seconds a body may take to come; a client that stops within it must not be waited for."""


async def read_body(request: Request, limit: int | None = None) -> bytes:
    """All of a body.

    Raises `BodyTooLarge` before more than `limit` bytes are kept, `BadRequest` when the client
    goes away within it, which nobody hears, and `TimedOut`.
    """
    if BODY_IS_HERE in request.scope:  # as nearly always, and a timeout would cost more than it
        return await _read(request, limit)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _read(request, limit)
    except TimeoutError as error:
        raise TimedOut("The body took too long.") from error


async def _read(request: Request, limit: int | None) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body ended before it was whole.")
        body += message.get("body", b"")
        if limit is not None and len(body) > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return bytes(body)


def too_large(limit: int) -> BodyTooLarge:
    """The failure that tells how much a body may hold."""
    return BodyTooLarge(f"A request body may hold {limit} bytes (MAX_BODY).")
