"""Who is asking."""

from typing import Annotated

from fastapi import Header, Request
from turnstream.contracts.owner import ANONYMOUS, DEFAULT_TENANT, Owner
from turnstream.errors import Unauthorized


async def authenticate(
    request: Request,
    user_id: Annotated[
        str, Header(alias="X-User-Id", description="Who asks, under AUTH=dev.")
    ] = ANONYMOUS,
) -> Owner:
    """The user that `X-User-Id` names, or `anonymous`. Raises `Unauthorized` for an unusable id."""
    if len(request.headers.getlist("X-User-Id")) > 1:
        raise Unauthorized("X-User-Id came more than once: a proxy must replace it, not add it.")
    try:
        return Owner.checked(DEFAULT_TENANT, user_id.strip())
    except ValueError as error:
        raise Unauthorized("X-User-Id must hold 1 to 256 printable characters.") from error
