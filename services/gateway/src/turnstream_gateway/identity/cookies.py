"""A token in a cookie: it counts only for requests that a page of this origin makes."""

from fastapi import Request
from turnstream.errors import Unauthorized

from turnstream_gateway.identity.own_pages import OwnPages


class TokenCookie:
    """The cookie that holds a token, by its name."""

    def __init__(self, name: str, pages: OwnPages) -> None:
        self._name = name
        self._pages = pages

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
        self._pages.require(request)
        return values[0]


def _cookies(request: Request) -> list[tuple[str, str]]:
    found = []
    for header in request.headers.getlist("Cookie"):
        for each in header.split(";"):
            name, _, value = each.strip().partition("=")
            found.append((name, value.strip('"')))
    return found
