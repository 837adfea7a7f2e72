"""A turn's stream as an HTTP response."""

import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from turnstream.tracing import names
from turnstream.tracing.context import tracer

from turnstream_gateway.relay.following.listener import Listener
from turnstream_gateway.relay.metrics import ENDED, LOST, VIEWERS
from turnstream_gateway.relay.streams.detached import detach
from turnstream_gateway.relay.streams.open_streams import OpenStream
from turnstream_gateway.relay.streams.prose import PLAIN, prose
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.relay.viewer import Viewer

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""No proxy may keep or buffer an answer that is still being written."""


class TurnResponse(StreamingResponse):
    """Streams a turn to one viewer; a loss of the connection is reported once.

    Starlette's own `__call__` would hold a task group open for the length of an answer and send
    the first bytes from a task in it. The listener is closed here, however the answer ends: also
    one that is never sent.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        viewer: Viewer,
        listener: Listener,
        chunks: AsyncIterator[bytes],
        viewers: Viewers,
        opened: OpenStream,
    ) -> None:
        super().__init__(
            prose(chunks) if viewer.reads_prose else chunks,
            headers={**UNBUFFERED, "Turn-Id": viewer.turn_id},
            media_type=PLAIN if viewer.reads_prose else None,
        )
        self._viewer = viewer
        self._listener = listener
        self._viewers = viewers
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI: send the head, and the rest when the route is done, if that can be."""
        VIEWERS.inc()
        self._viewers.joined(self._viewer, self._listener)
        self._span = tracer().start_span(names.RELAY)
        head = {"type": "http.response.start", "status": self.status_code}
        try:
            await send({**head, "headers": self.raw_headers})
        except BaseException:
            self.abort()
            raise
        if not detach(scope, self):
            await self.send_body(receive, send)

    async def send_body(self, receive: Receive, send: Send) -> None:
        """Part of `StartedResponse`. Servers report a lost client by a message, or cancel this
        task.
        """
        ended = False
        leaving = asyncio.create_task(self._notice_disconnect(receive))
        try:
            async for chunk in self.body_iterator:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            ended = not self._listener.disconnected
        finally:
            leaving.cancel()
            self._close(ended=ended)

    def abort(self) -> None:
        """Part of `StartedResponse`."""
        self._close(ended=False)

    def _close(self, *, ended: bool) -> None:
        self._listener.close()
        self._opened.close()
        VIEWERS.dec()
        (ENDED if ended else LOST).inc()
        self._span.set_attribute(names.COMPLETE, ended)
        self._span.end()
        self._viewers.left(self._viewer, self._listener, ended=ended)

    async def _notice_disconnect(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._listener.disconnect()
