"""Who may use the console: anyone who shows a server key of scope `operator`, whatever `AUTH` says.

A page shows it once. From then on it is in a cookie that no script can read, that goes along with
requests of this page alone, and that ends with the browser, with the key, or by signing out.
"""

from typing import Protocol, cast

from fastapi import Request, Response
from turnstream.contracts.identity import Principal, Scope
from turnstream.errors import Forbidden, Unauthorized

from turnstream_gateway.identity.cookies import TokenCookie
from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.failed_logins import FailedLogins
from turnstream_gateway.identity.own_pages import OwnPages
from turnstream_gateway.identity.verifier import Verifier

COOKIE = "turnstream_console"
CONSOLE_PATH = "/console"
"""The path of the page, and of all that it asks for: the cookie goes nowhere else."""


class Operators:
    """Knows operators by their key, in a header or in the cookie."""

    def __init__(self, keys: Verifier, pages: OwnPages, failed: FailedLogins) -> None:
        self._keys = keys
        self._pages = pages
        self._cookie = TokenCookie(COOKIE, pages)
        self._failed = failed

    async def verify(self, request: Request) -> Principal:
        """The operator that asks.

        Raises `Unauthorized`, `RateLimited` for an address with too many failures, and `Forbidden`
        for a key without the scope, and for a change that the page of another origin asks for.
        """
        try:
            principal = await self._keys.verify(self._credentials(request))
            if principal is None:
                raise Unauthorized("The console takes a server key with the scope operator.")
        except Unauthorized as error:
            if type(error) is Unauthorized and _shows_something(request):
                await self._failed.count(request.client.host if request.client else "")
            raise
        if Scope.OPERATOR not in principal.scopes:
            raise Forbidden(scope=Scope.OPERATOR)
        return principal

    def _credentials(self, request: Request) -> Credentials:
        if "Authorization" not in request.headers:
            self._pages.refuse_others(request)
        return Credentials.of(request, self._cookie)


class CookieSettings(Protocol):
    """What of the settings says how browsers reach this gateway."""

    @property
    def public_url(self) -> str | None:
        """The address that browsers know."""
        ...


def keep(request: Request, response: Response, settings: CookieSettings) -> None:
    """Let the browser keep the key that a request shows in its header."""
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()
    response.set_cookie(COOKIE, secret, **_kind(request, settings))  # type: ignore[arg-type]


def forget(request: Request, response: Response, settings: CookieSettings) -> None:
    """Let the browser forget the key."""
    response.delete_cookie(COOKIE, **_kind(request, settings))  # type: ignore[arg-type]


def _kind(request: Request, settings: CookieSettings) -> dict[str, str | bool]:
    secure = request.scope["scheme"] == "https" or (settings.public_url or "").startswith("https:")
    path = f"{request.scope.get('root_path', '')}{CONSOLE_PATH}"
    return {"path": path, "secure": secure, "httponly": True, "samesite": "strict"}


def _shows_something(request: Request) -> bool:
    """A page that asks whether it is signed in is no failed login."""
    return "Authorization" in request.headers or COOKIE in request.headers.get("Cookie", "")


async def authenticate_operator(request: Request) -> Principal:
    """The operator that asks. Raises as `Operators.verify` does."""
    return await cast(Operators, request.app.state.operators).verify(request)
