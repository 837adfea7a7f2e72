"""What a proxy in front tells of the request that it passes on."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PEER = "turnstream.peer"
"""Key of the ASGI scope: the address at the other end of the connection, whatever headers say."""
REQUEST_ID = "turnstream.request_id"
"""Key of the ASGI scope: the name that a trusted proxy gave the request in `X-Request-Id`."""
_NAME = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


class ForwardedHeaders(ProxyHeadersMiddleware):
    """Gives an app the scheme, client, host and path prefix that its users see.

    They are read from `X-Forwarded-Proto`, `-For`, `-Host` and `-Prefix`, of trusted proxies only,
    and so is the name of a request.
    A proxy that cuts a prefix off the path names it; the path is then whole again, as ASGI has it.
    """

    def __init__(self, app: object, trusted: Sequence[str]) -> None:
        super().__init__(app, list(trusted))  # type: ignore[arg-type]  # any ASGI app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]  # Starlette's names for the types of ASGI
        """Part of ASGI."""
        if scope["type"] == "http":
            scope[PEER] = (scope.get("client") or ("",))[0]
            if scope[PEER] in self.trusted_hosts:
                _forward(scope)
        await super().__call__(scope, receive, send)  # type: ignore[arg-type]


def _forward(scope: Scope) -> None:
    headers = Headers(scope=scope)
    host = _nearest_to_user(headers, "X-Forwarded-Host")
    if host:
        others = [header for header in scope["headers"] if header[0] != b"host"]
        scope["headers"] = [*others, (b"host", host.encode("latin-1"))]
    if _NAME.fullmatch(named := headers.get("X-Request-Id", "")):
        scope[REQUEST_ID] = named
    prefix = _nearest_to_user(headers, "X-Forwarded-Prefix").rstrip("/")
    if prefix.startswith("/"):
        scope["root_path"] = prefix
        if not scope["path"].startswith(f"{prefix}/"):
            scope["path"] = prefix + scope["path"]
            scope["raw_path"] = prefix.encode("latin-1") + scope["raw_path"]


def _nearest_to_user(headers: Headers, name: str) -> str:
    """The first value: each proxy in a row adds its own after it."""
    return headers.get(name, "").partition(",")[0].strip()
