"""Answers in JSON are for their user: no cache keeps them, no browser takes them for a page."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JSON = (b"application/json", b"application/problem+json")
_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class PrivateAnswers:
    """ASGI middleware that says so in the head of each; what a route says itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(message)
            await send(message)

        await self._app(scope, receive, sending)


def _mark(head: Message) -> None:
    headers = dict(head.get("headers", ()))
    if headers.get(b"content-type", b"").startswith(_JSON):
        head["headers"] = [*head["headers"], *(each for each in _HEADERS if each[0] not in headers)]
