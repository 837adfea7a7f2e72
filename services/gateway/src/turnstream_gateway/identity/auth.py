"""Who is asking."""

from typing import Annotated

from fastapi import Header, Request
from turnstream.errors import Unauthorized

ANONYMOUS = "anonymous"
_USER_LIMIT = 256


async def authenticate(
    request: Request,
    user_id: Annotated[
        str, Header(alias="X-User-Id", description="Who asks, under AUTH=dev.")
    ] = ANONYMOUS,
) -> str:
    """The user's id: `X-User-Id`, or `anonymous`. Raises `Unauthorized` for an unusable id."""
    if len(request.headers.getlist("X-User-Id")) > 1:
        raise Unauthorized("X-User-Id came more than once: a proxy must replace it, not add it.")
    user = user_id.strip()
    if not user or len(user) > _USER_LIMIT or not user.isprintable():
        raise Unauthorized("X-User-Id must hold 1 to 256 printable characters.")
    return user
