"""A token in a cookie: it counts only for requests that a page of this origin makes."""

from fastapi import Request
from turnstream.errors import Forbidden, Unauthorized

_SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing. What they answer another origin cannot read."""
_OWN_PAGES = {"same-origin", "none"}
"""`Sec-Fetch-Site` of our own pages, and of what the user began in the browser itself."""


class TokenCookie:
    """The cookie that holds a token, by its name."""

    def __init__(self, name: str, public_url: str | None) -> None:
        self._name = name
        self._public = _origin_of(public_url)

    def token(self, request: Request) -> str | None:
        """The value of the cookie; None without one.

        Raises `Unauthorized` for two cookies of the name: another host of the domain may have set
        one. Raises `Forbidden` for a request that changes something and that no page of this origin
        made: the browser sends the cookie with that, too.
        """
        values = [value for name, value in _cookies(request) if name == self._name]
        if not any(values):
            return None
        if len(values) > 1:
            raise Unauthorized(f"The cookie {self._name} came more than once.")
        if request.method not in _SAFE and not self._from_own_page(request):
            raise Forbidden("A cookie counts only for pages of this origin.")
        return values[0]

    def _from_own_page(self, request: Request) -> bool:
        """As the browser says: `Sec-Fetch-Site`, or `Origin` where it does not send that."""
        site = request.headers.getlist("Sec-Fetch-Site")
        if site:
            return len(site) == 1 and site[0] in _OWN_PAGES
        origin = request.headers.getlist("Origin")
        own = f"{request.scope['scheme']}://{request.headers.get('Host', '')}".lower()
        return len(origin) == 1 and origin[0].lower() in {own, self._public}


def _cookies(request: Request) -> list[tuple[str, str]]:
    found = []
    for header in request.headers.getlist("Cookie"):
        for each in header.split(";"):
            name, _, value = each.strip().partition("=")
            found.append((name, value.strip('"')))
    return found


def _origin_of(url: str | None) -> str:
    return "/".join((url or "").split("/")[:3]).lower()
