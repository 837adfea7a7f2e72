"""The surface of a service that only the other services of its deployment may use."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from turnstream.errors import TurnstreamError, Unauthorized
from turnstream.http.problems import Failure, problem
from turnstream.metrics import REFUSALS
from turnstream.secrets.internal_key import HEADER, KeyRing

OPEN = frozenset({"/health", "/ready", "/metrics"})
"""Paths for orchestrators and monitoring, which know no key of ours. Their answers hold nothing of
anybody's. `/metrics` has a key of its own where `METRICS_KEY` is set."""
_HEADER = HEADER.lower().encode()

Admit = Callable[[Scope], Awaitable[bool]]
"""Tells whether a request without the internal key may pass for another reason. May raise a named
failure."""


class InternalKeyMiddleware:
    """ASGI middleware that answers 401 to every request without the internal key.

    It stands before the routes, so that none can be forgotten: an unknown path, a document of the
    API and a route that somebody adds tomorrow are refused alike. The body of a refused request is
    never read.
    """

    def __init__(self, app: ASGIApp, ring: KeyRing, admit: Admit | None = None) -> None:
        self._app = app
        self._ring = ring
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] != "lifespan" and scope["path"] not in OPEN:
            try:
                await self._check(scope)
            except TurnstreamError as error:
                REFUSALS.labels(error.code).inc()
                await problem(Failure.of(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        shown = [value for name, value in scope["headers"] if name == _HEADER]
        if len(shown) == 1 and self._ring.has(shown[0]):
            return
        if not shown and self._admit is not None and await self._admit(scope):
            return
        raise Unauthorized(f"This is for the inside of a deployment: it asks for {HEADER}.")
