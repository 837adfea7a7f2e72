"""What a request says of who asks, read once for all verifiers."""

from dataclasses import dataclass

from fastapi import Request
from turnstream.errors import Unauthorized

from turnstream_gateway.identity.cookies import TokenCookie

_ONCE = {
    b"authorization": "Authorization",
    b"x-user-id": "X-User-Id",
    b"x-tenant-id": "X-Tenant-Id",
    b"x-proxy-secret": "X-Proxy-Secret",
}
"""Headers that come at most once: of two, a proxy may have read the one and we the other."""
_BEARER = "bearer "
_LONGEST_TOKEN = 16 * 1024
"""Characters. A browser's cookie holds 4,096, and servers take headers of 8 to 64 KiB."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says of who asks. Nothing of it is believed yet."""

    request: Request
    token: str | None = None
    """The bearer token."""
    user: str | None = None
    """`X-User-Id`, as it came."""
    tenant: str | None = None
    """`X-Tenant-Id`, as it came."""
    proxy_secret: str | None = None
    """`X-Proxy-Secret`, as it came."""

    @classmethod
    def of(cls, request: Request, cookie: TokenCookie | None = None) -> "Credentials":
        """The credentials of a request; its token from the cookie where no header has one.

        Raises `Unauthorized` where one comes more than once, and `Forbidden` for a cookie that the
        page of another origin had sent.
        """
        found = _found(request)
        token = _bearer(found.get(b"authorization"))
        if token is None and cookie is not None:
            token = cookie.token(request)
        return cls(
            request,
            token,
            found.get(b"x-user-id"),
            found.get(b"x-tenant-id"),
            found.get(b"x-proxy-secret"),
        )


def _found(request: Request) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for name, value in request.scope["headers"]:
        if name not in _ONCE:
            continue
        if name in found:
            raise Unauthorized(f"{_ONCE[name]} came more than once.")
        found[name] = value.decode("latin-1")
    return found


def _bearer(header: str | None) -> str | None:
    """The token of an `Authorization` header; None for another scheme."""
    if header is None or header[: len(_BEARER)].lower() != _BEARER:
        return None
    token = header[len(_BEARER) :].strip()
    if not (0 < len(token) <= _LONGEST_TOKEN and token.isascii()):
        raise Unauthorized("The bearer token is empty, too long, or not of ASCII.")
    return token
