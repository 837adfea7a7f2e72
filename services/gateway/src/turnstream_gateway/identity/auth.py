"""Who is asking."""

from fastapi import Request
from turnstream.errors import Unauthorized

ANONYMOUS = "anonymous"
_USER_LIMIT = 256


async def authenticate(request: Request) -> str:
    """The user's id: `X-User-Id`, or `anonymous`. Raises `Unauthorized` for an unusable id."""
    user = request.headers.get("X-User-Id", ANONYMOUS).strip()
    if not user or len(user) > _USER_LIMIT or not user.isprintable():
        raise Unauthorized("X-User-Id must hold 1 to 256 printable characters.")
    return user
