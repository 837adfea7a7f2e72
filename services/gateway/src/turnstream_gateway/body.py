"""Request bodies: read piece by piece, never more than a limit, and never for ever.

FastAPI's own `max_body_size` answers a body that is declared too long with plain text, before any
handler of ours; see docs/decisions/015.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

from fastapi import Request
from starlette.requests import ClientDisconnect
from turnstream.errors import BadRequest, BodyTooLarge, TimedOut, UnsupportedMediaType

JSON_PATIENCE = timedelta(seconds=30)
"""The longest a JSON body may take to come."""


async def pieces(
    request: Request, limit: int, patience: timedelta, too_large: BodyTooLarge
) -> AsyncGenerator[bytes, None]:
    """The pieces of a body, as they come.

    Raises `too_large` as soon as the body is declared or has grown longer than `limit`, `TimedOut`
    when it takes longer than `patience`, and `BadRequest` when the client goes away within it.
    """
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    size = 0
    try:
        async with asyncio.timeout(patience.total_seconds()):
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise too_large
                yield piece
    except TimeoutError as error:
        raise TimedOut("The body took too long.") from error
    except ClientDisconnect as error:
        raise BadRequest("The body ended before it was whole.") from error


async def read_json(request: Request, limit: int) -> bytes:
    """The whole body of a request that declares JSON.

    Raises `UnsupportedMediaType` for any other declaration, and what `pieces` raises.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Expected application/json, got {media_type or 'nothing'}.")
    too_large = BodyTooLarge(f"A request body may hold {limit} bytes (MAX_BODY).")
    return b"".join([piece async for piece in pieces(request, limit, JSON_PATIENCE, too_large)])
