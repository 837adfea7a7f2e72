"""A turn's stream as an HTTP response, and what its early end means."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Response
from prometheus_client import Counter, Gauge
from starlette.types import Receive, Scope, Send
from turnstream.contracts.turns import CancelReason
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from gateway.following import Viewer
from gateway.hub import Watch
from gateway.settings import OnDisconnect
from gateway.state import Renew, State

log = get_logger(__name__)

VIEWERS = Gauge("turnstream_viewers", "Open answers.")
CLOSED = Counter("turnstream_viewers_closed_total", "Answers that ended, by how.", ["how"])
ENDED, LOST = CLOSED.labels("ended"), CLOSED.labels("lost")

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""No proxy may keep or buffer an answer that is still being written."""

_REPORTS = 1000
"""Reports of lost connections under way; more are dropped, and those turns simply go on."""


class TurnResponse(Response):
    """Streams a turn to one viewer. When the viewer goes away early, the policy decides.

    Not a `StreamingResponse`: that would hold a task group open for the length of an answer.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        stream: AsyncIterator[bytes],
        watch: Watch,
        viewer: Viewer,
        parts: State,
        renew: Renew,
    ) -> None:
        # As `StreamingResponse` begins: there is no body to render or to tell the length of.
        self.status_code, self.background = 200, None
        self.init_headers({**HEADERS, "Turn-Id": viewer.turn_id})
        self._stream = stream
        self._watch = watch
        self._viewer = viewer
        self._parts = parts
        self._renew = renew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream to the end or to the loss of the connection, and let go of the turn.

        Whichever way the server reports a lost client (a message, a cancelled task, a failed
        send), the watch is closed here and the loss is told once.
        """
        VIEWERS.inc()
        ended = False
        leaving = asyncio.create_task(_until_gone(receive))
        leaving.add_done_callback(lambda _: self._watch.hang_up())
        try:
            ended = await self._send_all(send)
        finally:
            leaving.cancel()
            self._watch.close()
            VIEWERS.dec()
            (ENDED if ended else LOST).inc()
            if not ended and not self._parts.stopping():
                self._report()

    async def _send_all(self, send: Send) -> bool:
        """True when the answer was sent to its end, False when the viewer hung up before."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        async for chunk in self._stream:
            body = self._renew(chunk)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        if self._watch.hung_up:
            return False
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    def _report(self) -> None:
        if self._viewer.named or len(self._parts.background) >= _REPORTS:
            return
        task = asyncio.create_task(_tell(self._parts, self._viewer))
        self._parts.background.add(task)
        task.add_done_callback(self._parts.background.discard)


async def _until_gone(receive: Receive) -> None:
    """Wait until the server says that the client's connection is lost."""
    while (await receive())["type"] != "http.disconnect":
        pass


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
