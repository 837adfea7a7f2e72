"""A turn's stream as an HTTP response, and what its early end means."""

import asyncio

from fastapi import Response
from prometheus_client import Counter, Gauge
from starlette.types import Receive, Scope, Send
from turnstream.contracts.turns import CancelReason
from turnstream.errors import TurnstreamError
from turnstream.redis.event_log import Position
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.hub import Watch
from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.settings import OnDisconnect
from turnstream_gateway.state import Renew, State

log = get_logger(__name__)

VIEWERS = Gauge("turnstream_viewers", "Open answers.")
CLOSED = Counter("turnstream_viewers_closed_total", "Answers that ended, by how.", ["how"])
ENDED, LOST = CLOSED.labels("ended"), CLOSED.labels("lost")

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
"""No proxy may keep or buffer an answer that is still being written."""

_REPORTS = 1000
"""Reports of lost connections under way; more are dropped, and those turns simply go on."""


class TurnResponse(Response):
    """Streams a turn to one viewer. When the viewer goes away early, the policy decides.

    Not a `StreamingResponse`: that would hold a task group open for the length of an answer.
    """

    def __init__(
        self,
        parts: State,
        viewer: Viewer,
        watch: Watch,
        after: Position | None,
        renew: Renew,
        opening: bytes = b"",
    ) -> None:
        # As `StreamingResponse` begins: there is no body to render or to tell the length of.
        self.status_code, self.background = 200, None
        self.raw_headers = [*HEADERS, (b"turn-id", viewer.turn_id.encode())]
        self._parts = parts
        self._viewer = viewer
        self._watch = watch
        self._after = after
        self._renew = renew
        self._opening = opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the opening, follow the turn to its end or to the loss of the connection, and let
        go of it.

        Whichever way the server reports a lost client (a message, a cancelled task, a failed
        send), the watch is closed here and the loss is told once.
        """
        ended = False
        try:
            await self._begin(send)  # before all book-keeping: somebody waits for it
            ended = await self._follow(receive, send)
        finally:
            self._watch.close()
            (ENDED if ended else LOST).inc()
            if not ended and not self._parts.stopping():
                self._report()

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if self._opening:
            await self._send(send, self._opening)

    async def _follow(self, receive: Receive, send: Send) -> bool:
        """True when the turn was sent to its end, False when the viewer hung up before."""
        VIEWERS.inc()
        leaving = asyncio.create_task(_until_gone(receive))
        leaving.add_done_callback(lambda _: self._watch.hang_up())
        try:
            async for chunk in self._parts.relay.follow(self._viewer, self._watch, self._after):
                await self._send(send, chunk)
            if self._watch.hung_up:
                return False
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return True
        finally:
            leaving.cancel()
            VIEWERS.dec()

    async def _send(self, send: Send, chunk: bytes) -> None:
        body = self._renew(chunk)
        await send({"type": "http.response.body", "body": body, "more_body": True})

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
