"""Answers that last: they go on outside of the route that began them.

A stream is open for minutes and idle for most of them. While a route answers, the framework keeps
what it needs for that: the stacks of its dependencies, its handlers of errors, each middleware that
wraps the head. Of an open stream that is two fifths of the memory, and none of it is used once
the head is sent (docs/decisions/067).
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
    """ASGI middleware under which an answer goes on when its route is done.

    Middleware that wraps it is there until the answer ends. What it wraps sees the answer's head,
    and nothing of its body; what that has noted in the scope is gone then.
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
    """Have an answer go on when its route is done; False where nobody would see to that."""
    left: list[StartedAnswer] | None = scope.get(_KEY)
    if left is None:
        return False
    left.append(answer)
    return True
