"""Which page made a request, as its browser says.

A browser sends cookies, and the credentials of a proxy login, with every request to this address,
whichever page makes it.
"""

from collections.abc import Sequence

from fastapi import Request
from turnstream.errors import Forbidden

_SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing. What they answer another origin cannot read."""
_OWN_PAGES = {"same-origin", "none"}
"""`Sec-Fetch-Site` of our own pages, and of what the user began in the browser itself."""


class OwnPages:
    """Tells requests of our own pages from those of others."""

    def __init__(self, public_url: str | None = None, others: Sequence[str] = ()) -> None:
        self._public = _origin_of(public_url)
        self._others = {each.lower() for each in others}

    def require(self, request: Request) -> None:
        """Raises `Forbidden` for a request that changes something, unless our own page made it."""
        if request.method not in _SAFE and not self._is_own(request):
            raise Forbidden("A cookie counts only for pages of this origin.")

    def refuse_others(self, request: Request) -> None:
        """Raises `Forbidden` for a request that changes something and that another page made.

        Requests without browser headers pass, and so do those of pages of `CORS_ORIGINS`.
        """
        if request.method in _SAFE or self._is_own(request):
            return
        origin = request.headers.get("Origin", "").lower()
        is_browsers = origin or "Sec-Fetch-Site" in request.headers
        if is_browsers and not self._others & {origin, "*"}:
            raise Forbidden("A page of another origin made this request: see CORS_ORIGINS.")

    def _is_own(self, request: Request) -> bool:
        """Tell it by `Sec-Fetch-Site`, or by `Origin` where the browser does not send that."""
        site = request.headers.getlist("Sec-Fetch-Site")
        if site:
            return len(site) == 1 and site[0] in _OWN_PAGES
        origin = request.headers.getlist("Origin")
        own = f"{request.scope['scheme']}://{request.headers.get('Host', '')}".lower()
        return len(origin) == 1 and origin[0].lower() in {own, self._public}


def _origin_of(url: str | None) -> str:
    return "/".join((url or "").split("/")[:3]).lower()
