"""When a request came, for what is told of how long it waited."""

import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

_KEY = "turnstream.arrived"
"""The key in the ASGI scope."""


class ArrivalMiddleware:
    """ASGI middleware that notes it, before anything else is done."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        scope[_KEY] = time.monotonic()
        await self._app(scope, receive, send)


def arrived(scope: Mapping[str, Any]) -> float | None:
    """When the head of a request was read, by this process's monotonic clock."""
    return scope.get(_KEY)
