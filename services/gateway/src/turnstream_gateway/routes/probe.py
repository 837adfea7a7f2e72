"""`GET /probe/stream`: a stream of known timing, by which an operator sees what a proxy does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from turnstream.contracts.rates import RequestKind
from turnstream.version import VERSION

from turnstream_gateway.relay.streams.open_streams import OpenStream
from turnstream_gateway.relay.streams.response import UNBUFFERED
from turnstream_gateway.routes.dependencies import Services, User, base_url_of, counted

router = APIRouter(tags=["health"])

EVENTS, EVERY = 5, timedelta(milliseconds=300)
"""Few and soon over; far enough apart to tell from events that a proxy kept and sent together."""
LONGEST_SILENCE = timedelta(seconds=60)
"""However long `HEARTBEAT` is: a connection must not be held for nothing."""

Silent = Annotated[
    bool, Query(description="One event, then silence for as long as `HEARTBEAT`, then another.")
]


class ProbeResponse(StreamingResponse):
    """Streams to one user, and counts as one of their open streams until it ends."""

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncIterator[bytes], opened: OpenStream) -> None:
        super().__init__(chunks, headers=UNBUFFERED)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._opened.close()


@router.get("/probe/stream", response_class=Response, dependencies=[counted(RequestKind.READ)])
async def probe_stream(
    request: Request, user: User, services: Services, silent: Silent = False
) -> ProbeResponse:
    """Five events, 300 ms apart. The first says what the gateway sees of the request."""
    heartbeat = min(services.settings.heartbeat, LONGEST_SILENCE)
    waits = [heartbeat] if silent else [EVERY] * (EVENTS - 1)
    with services.streams.opening(user) as opened:
        return ProbeResponse(_events(_seen(request, heartbeat), waits), opened)


def _seen(request: Request, heartbeat: timedelta) -> Mapping[str, Any]:
    return {
        "base_url": base_url_of(request),
        "scheme": request.url.scheme,
        "host": request.headers.get("host", ""),
        "client": request.client.host if request.client else "",
        "http_version": request.scope.get("http_version", ""),
        "heartbeat": heartbeat.total_seconds(),
        "version": VERSION,
    }


async def _events(seen: Mapping[str, Any], waits: list[timedelta]) -> AsyncIterator[bytes]:
    yield b"data: %s\n\n" % orjson.dumps(seen)
    for number, wait in enumerate(waits, 1):
        await asyncio.sleep(wait.total_seconds())
        yield b'data: {"number":%d}\n\n' % number
