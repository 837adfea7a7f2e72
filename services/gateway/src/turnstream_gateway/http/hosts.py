"""The names under which this gateway answers.

If names are set, others are refused: a foreign name that resolves to this gateway would let a
foreign page read a loopback port (DNS rebinding), and would get into links.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from turnstream.errors import MisdirectedRequest, NotFound
from turnstream.http.problems import Failure, problem
from turnstream.metrics import REFUSALS

from turnstream_gateway.settings import GatewaySettings

_LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
_EXEMPT = frozenset({"/health", "/ready", "/metrics"})
"""Paths that a supervisor of the process asks for, by its address."""


def known_hosts(settings: GatewaySettings) -> Sequence[str]:
    """The names that count, without ports; none where any does.

    `AUTH=dev` on a loopback port believes anyone who reaches it: it answers to the names of
    loopback.
    """
    hosts = [name.lower() for name in settings.allowed_hosts]
    if not hosts and "dev" in settings.auth and not settings.dev_auth_beyond_loopback:
        hosts = list(_LOOPBACK)
    if not hosts or "*" in hosts:
        return ()
    return [*hosts, *([_host(urlsplit(settings.public_url).netloc)] if settings.public_url else [])]


class KnownHosts:
    """ASGI middleware that answers 421 where a request names another host, and 404 to a path with
    control characters, which routes would take for one without.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._exact = frozenset(hosts)
        self._endings = tuple(name[1:] for name in hosts if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            REFUSALS.labels(refusal.code).inc()
            await problem(Failure.of(refusal))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> MisdirectedRequest | NotFound | None:
        if not scope["path"].isprintable():
            return NotFound("There is nothing at this address.")
        if not self._exact or scope["path"] in _EXEMPT:
            return None
        names = [_host(each) for each in Headers(scope=scope).getlist("Host")]
        if len(names) == 1 and (names[0] in self._exact or names[0].endswith(self._endings or "/")):
            return None
        return MisdirectedRequest("This gateway does not answer to that Host: see ALLOWED_HOSTS.")


def _host(netloc: str) -> str:
    """The name in a `Host` header, without the port; brackets of an IPv6 address stay."""
    name = netloc.rpartition("@")[2].lower()
    return f"{name.partition(']')[0]}]" if name.startswith("[") else name.partition(":")[0]
