"""One line for each request, and the name of the request in every line that is logged meanwhile."""

import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import TENANT_HEADER
from turnstream.errors import TurnstreamError
from turnstream.http.forwarded import REQUEST_ID
from turnstream.http.internal import OPEN
from turnstream.http.problems import CODE, Failure, problem
from turnstream.logs import context
from turnstream.metrics import REFUSALS
from turnstream.telemetry import get_logger, trace_id

log = get_logger(__name__)

_HEADER = b"x-request-id"
_REFUSED = (401, 403, 421, 429)
"""Statuses of requests that somebody had no right to, or made too many of. Their line says which
address they came from."""
_UNKNOWN_CALLER = (401, 403)


class RequestLog:
    """ASGI middleware of a service that users reach: a line for every request but health checks.

    A line has the method, the template of the route, the status, milliseconds and bytes, and what
    handlers have bound (`context.bind`): never a path, a query or a header. `x-request-id` of each
    answer is the id in its lines. A failure without an answer gets one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        named: str = scope.get(REQUEST_ID) or new_id("req")
        context.enter(request_id=named, **context.ids_in(scope["path"]))
        exchange = _Exchange(scope, receive, send, named)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            if not exchange.status:
                REFUSALS.labels(TurnstreamError.code).inc()
                await problem(Failure.of(TurnstreamError()))(scope, receive, exchange.send)
            raise
        finally:
            exchange.tell("request answered", log.info)


class _Exchange:
    """A request and its answer, as they go by."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, named: str | None = None
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = ((_HEADER, named.encode()),) if named else ()
        self._began = time.perf_counter()
        self._trace_id: str | None = None
        self._bytes = 0
        self._whole = False
        self._left = False
        self.status = 0

    async def receive(self) -> Message:
        """Part of ASGI."""
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._whole:
            self._left = True
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Part of ASGI."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
            self._trace_id = trace_id()
        elif message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
        await self._send(message)

    def tell(self, event: str, say: Callable[..., object]) -> None:
        """Log the line; as a warning where it is our failure."""
        if self.status >= 500 or (not self.status and not self._left):
            say = log.warning
        say(
            event,
            method=self._scope["method"],
            route=_route(self._scope),
            status=self.status or None,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
            bytes=self._bytes,
            **self._more(),
        )

    def _more(self) -> Mapping[str, object]:
        """What most lines have no need of."""
        more: dict[str, object] = {}
        if self._trace_id:
            more["trace_id"] = self._trace_id
        if self._left:
            more["client_left"] = True
        if code := self._scope.get(CODE):
            more["code"] = code
        if self.status in _REFUSED:
            more["client"] = (self._scope.get("client") or ("",))[0]
        return more


def _route(scope: Scope) -> str | None:
    """The template of the route that answered; None where there is none at that address."""
    return getattr(scope.get("route"), "path", None)


class CallLog:
    """ASGI middleware of a service that our services call: what the caller tells of its request or
    its turn stands in the lines that are logged meanwhile. Calls themselves are logged at `DEBUG`,
    and those that failed at `WARNING`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name in _CALLERS_HEADERS}
        carried = context.carried_by(headers.get(_CONTEXT, b"").decode("latin-1"))
        tenant = headers.get(_TENANT, b"").decode("latin-1")
        context.enter(**{**carried, **context.ids_in(scope["path"])}, tenant=tenant)
        exchange = _Exchange(scope, receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            exchange.tell("call answered", log.debug)


_CONTEXT, _TENANT = context.HEADER.lower().encode(), TENANT_HEADER.lower().encode()
_CALLERS_HEADERS = (_CONTEXT, _TENANT)
