"""A turn's stream as an HTTP response, and what its early end means."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from prometheus_client import Counter, Gauge
from starlette.types import Receive, Scope, Send
from turnstream.contracts.turns import CancelReason
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from gateway.relay import Viewer
from gateway.settings import OnDisconnect
from gateway.state import Renew, State

log = get_logger(__name__)

VIEWERS = Gauge("turnstream_viewers", "Open answers.")
CLOSED = Counter("turnstream_viewers_closed_total", "Answers that ended, by how.", ["how"])

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""No proxy may keep or buffer an answer that is still being written."""

_REPORTS = 1000
"""Reports of lost connections under way; more are dropped, and those turns simply go on."""


class TurnResponse(StreamingResponse):
    """Streams a turn to one viewer. When the viewer goes away early, the policy decides."""

    def __init__(
        self, stream: AsyncIterator[bytes], viewer: Viewer, parts: State, renew: Renew
    ) -> None:
        self._watched = _Watched(stream, renew)
        self._viewer = viewer
        self._parts = parts
        super().__init__(
            self._watched,
            media_type="text/event-stream",
            headers={**HEADERS, "Turn-Id": viewer.turn_id},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream to the end or to the loss of the connection, and close what fed the stream.

        Whichever way the server reports a lost client (a cancelled task, a failed send), the
        source is closed here and the loss is told once.
        """
        VIEWERS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            VIEWERS.dec()
            await asyncio.shield(self._watched.aclose())
            CLOSED.labels("ended" if self._watched.exhausted else "lost").inc()
            if not self._watched.exhausted and not self._parts.stopping():
                self._report()

    def _report(self) -> None:
        if self._viewer.named or len(self._parts.background) >= _REPORTS:
            return
        task = asyncio.create_task(_tell(self._parts, self._viewer))
        self._parts.background.add(task)
        task.add_done_callback(self._parts.background.discard)


class _Watched:
    """A stream that knows whether it was read to its end."""

    def __init__(self, stream: AsyncIterator[bytes], renew: Renew) -> None:
        self._stream = stream
        self._renew = renew
        self.exhausted = False

    def __aiter__(self) -> "_Watched":
        return self

    async def __anext__(self) -> bytes:
        try:
            return self._renew(await anext(self._stream))
        except StopAsyncIteration:
            self.exhausted = True
            raise

    async def aclose(self) -> None:
        """Close the source, whatever it was doing."""
        if isinstance(self._stream, AsyncGenerator):
            stream: AsyncGenerator[bytes, Any] = self._stream
            await stream.aclose()


async def _tell(parts: State, viewer: Viewer) -> None:
    """Tell the store that a plain client is gone, as the policy has it."""
    try:
        match parts.settings.on_disconnect:
            case OnDisconnect.GRACE:
                await parts.client.turns.disconnect(viewer.owner, viewer.turn_id)
            case OnDisconnect.CANCEL:
                reason = CancelReason.DISCONNECT
                await parts.client.turns.cancel(viewer.owner, viewer.turn_id, reason)
            case OnDisconnect.CONTINUE:
                pass
    except TurnstreamError as error:
        log.warning("lost connection not reported", turn_id=viewer.turn_id, error=str(error))
