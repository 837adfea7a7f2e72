"""Requests that mean the same as another: HEAD is a GET without the body, `/x/` is `/x`."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class LenientRequests:
    """ASGI middleware that lets routes know GET alone, and paths without a slash at the end.

    A redirect to the other spelling would make a client send its POST as a GET, and would name the
    host and scheme that the proxy in front uses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] == "http":
            path = scope["path"]
            if path.endswith("/") and path.rstrip("/"):
                scope = {**scope, "path": path.rstrip("/")}
            if scope["method"] == "HEAD":
                head = _Head(receive, send)
                scope, receive, send = {**scope, "method": "GET"}, head.receive, head.send
        await self._app(scope, receive, send)


class _Head:
    """The connection of a HEAD request, over once the head of the answer is sent.

    The body of an answer that is streamed may never end by itself: its route is told that the
    client has gone.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._answered = asyncio.Event()

    async def receive(self) -> Message:
        """What the client sends next."""
        coming = asyncio.ensure_future(self._receive())
        answered = asyncio.ensure_future(self._answered.wait())
        try:
            await asyncio.wait({coming, answered}, return_when=asyncio.FIRST_COMPLETED)
            return {"type": "http.disconnect"} if answered.done() else coming.result()
        finally:
            coming.cancel()
            answered.cancel()

    async def send(self, message: Message) -> None:
        """Send the head of the answer; drop its body."""
        if self._answered.is_set():
            return
        if message["type"] == "http.response.body":
            self._answered.set()
            message = {"type": "http.response.body"}
        await self._send(message)
