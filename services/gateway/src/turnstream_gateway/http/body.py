"""Request bodies: read piece by piece, never more than a limit, and never for ever.

FastAPI's own `max_body_size` answers a body that is declared too long with plain text, before any
handler of ours; see docs/decisions/015.
"""

import asyncio
import codecs
from collections.abc import AsyncGenerator
from datetime import timedelta

from fastapi import Request
from starlette.requests import ClientDisconnect
from turnstream.errors import BadRequest, BodyTooLarge, RequestTimedOut, UnsupportedMediaType

from turnstream_gateway.http.encodings import unpacked

JSON_TIMEOUT = timedelta(seconds=30)
"""The longest a JSON body may take to come."""
GRACE = timedelta(seconds=5)
"""How long a body may come as slowly as it likes."""
MINIMUM_RATE = 20_000
"""Bytes a second that must come from then on, on average: what a bad mobile line carries. A client
that trickles holds a place, a connection and a part of a disk."""


async def pieces(
    request: Request, limit: int, timeout: timedelta, too_large: BodyTooLarge
) -> AsyncGenerator[bytes, None]:
    """The pieces of a body, as they come, unpacked if it says that it is packed.

    Raises `too_large` as soon as the body is declared or has grown longer than `limit`, packed or
    unpacked; `RequestTimedOut` when it takes longer than `timeout`, or comes more slowly than
    `MINIMUM_RATE`; `BadRequest` when the client goes away within it, or it is not packed as it
    says; and `UnsupportedEncoding`.
    """
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    size, encoding = 0, ", ".join(request.headers.getlist("Content-Encoding"))
    try:
        async with asyncio.timeout(min(timeout, GRACE).total_seconds()) as clock:
            async for piece in unpacked(_received(request, timeout, clock), encoding):
                size += len(piece)
                if size > limit:
                    raise too_large
                yield piece
    except TimeoutError as error:
        raise RequestTimedOut("The body came too slowly.") from error
    except ClientDisconnect as error:
        raise BadRequest("The body ended before it was whole.") from error


async def _received(
    request: Request, timeout: timedelta, clock: asyncio.Timeout
) -> AsyncGenerator[bytes, None]:
    """The pieces as they come over the network. Each earns the body more time."""
    began, came = asyncio.get_running_loop().time(), 0
    async for piece in request.stream():
        came += len(piece)
        earned = GRACE.total_seconds() + came / MINIMUM_RATE
        clock.reschedule(began + min(timeout.total_seconds(), earned))
        yield piece


async def read_json(request: Request, limit: int, too_large: BodyTooLarge) -> bytes:
    """The whole body of a request that declares JSON.

    Raises `UnsupportedMediaType` for any other declaration, and what `pieces` raises.
    """
    _check_declaration(request.headers.getlist("Content-Type"))
    body = b"".join([piece async for piece in pieces(request, limit, JSON_TIMEOUT, too_large)])
    return body.removeprefix(codecs.BOM_UTF8)


def _check_declaration(declared: list[str]) -> None:
    media_type, _, parameters = ", ".join(declared).partition(";")
    media_type = media_type.strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Expected application/json, got {media_type or 'nothing'}.")
    _, named, charset = parameters.lower().partition("charset=")
    if named and charset.partition(";")[0].strip(' "') not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(f"Expected JSON in UTF-8, got{parameters.lower()}.")
