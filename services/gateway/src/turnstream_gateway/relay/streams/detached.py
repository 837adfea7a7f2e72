"""Responses that go on after their route has returned.

A stream is open for minutes and mostly idle. While a route runs, the framework holds the stacks of
its dependencies, its error handlers and each middleware that wraps the head: two fifths of the
memory of an open stream, unused once the head is sent (docs/decisions/067).
"""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from turnstream.http.problems import CODE

_KEY = "turnstream.detached"
"""The key in the ASGI scope."""
_KEPT = ("route", CODE)
"""What the line of a request in the log is told of its route."""


class StartedResponse(Protocol):
    """An answer whose head was sent."""

    async def send_body(self, receive: Receive, send: Send) -> None:
        """Send its body, to the end."""
        ...

    def abort(self) -> None:
        """Its body will not be sent."""
        ...


class DetachedResponses:
    """ASGI middleware that sends the rest of a response after its route has returned.

    Outer middleware lives until the response ends. Inner middleware sees only the head, and what
    it added to the scope is deleted then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        before = {*scope, *_KEPT}
        scope[_KEY] = left = list[StartedResponse]()
        try:
            await self._app(scope, receive, send)
        except BaseException:
            for answer in left:
                answer.abort()
            raise
        if left:
            for name in scope.keys() - before:
                del scope[name]
            await left.pop().send_body(receive, send)


def detach(scope: Scope, answer: StartedResponse) -> bool:
    """Continue a response after its route; False if no `DetachedResponses` is installed."""
    left: list[StartedResponse] | None = scope.get(_KEY)
    if left is None:
        return False
    left.append(answer)
    return True
