"""Responses that go on after their route has returned.

A stream is open for minutes and mostly idle. While a route runs, the framework holds the stacks of
its dependencies, its error handlers and each middleware that wraps the head: two fifths of the
memory of an open stream, unused once the head is sent (docs/decisions/067).
"""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from turnstream.http.problems import CODE

_KEY = "turnstream.lasting"
"""The key in the ASGI scope."""
_TOLD = ("route", CODE)
"""What the line of a request in the log is told of its route."""


class StartedAnswer(Protocol):
    """An answer whose head was sent."""

    async def go_on(self, receive: Receive, send: Send) -> None:
        """Send its body, to the end."""
        ...

    def give_up(self) -> None:
        """Its body will not be sent."""
        ...


class LastingAnswers:
    """ASGI middleware that sends the rest of a response after its route has returned.

    Outer middleware lives until the response ends. Inner middleware sees only the head, and what
    it added to the scope is deleted then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        before = {*scope, *_TOLD}
        scope[_KEY] = left = list[StartedAnswer]()
        try:
            await self._app(scope, receive, send)
        except BaseException:
            for answer in left:
                answer.give_up()
            raise
        if left:
            for name in scope.keys() - before:
                del scope[name]
            await left.pop().go_on(receive, send)


def leave(scope: Scope, answer: StartedAnswer) -> bool:
    """Continue a response after its route; False if no `LastingAnswers` is installed."""
    left: list[StartedAnswer] | None = scope.get(_KEY)
    if left is None:
        return False
    left.append(answer)
    return True
