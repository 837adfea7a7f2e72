"""Users and all that they have: exported, and erased, for their tenant's own server."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse
from turnstream.contracts.identity import Principal, Scope
from turnstream.contracts.operating.privacy import Erasure
from turnstream.contracts.owner import Owner
from turnstream.contracts.rates import RequestKind
from turnstream.errors import BadRequest
from turnstream.http.problems import problem_responses

from turnstream_gateway.openapi import Responses
from turnstream_gateway.routes.dependencies import (
    CurrentPrincipal,
    Services,
    User,
    actor_of,
    counted,
    requires,
)

router = APIRouter(tags=["users"], dependencies=[counted(RequestKind.CALL)])

MayErase = Annotated[Principal, requires(Scope.USERS_ERASE)]
"""A server that erases users of its tenant."""
MayExport = Annotated[Principal, requires(Scope.USERS_EXPORT)]
"""A server that gets what users of its tenant have."""
UserId = Annotated[
    str, Path(max_length=256, description="The user's name, percent-encoded, a slash too.")
]
_REFUSED = problem_responses(
    {
        400: "No user can have this name.",
        401: "No usable key.",
        403: "The key lacks the scope.",
        404: "There is no erasure of this user.",
        409: "The user's data is on legal hold.",
        503: "Try again after `Retry-After`.",
    }
)

_ARCHIVE: Responses = {
    200: {"description": "The archive.", "content": {"application/zip": {}}},
    **problem_responses(
        {
            400: "No user can have this name.",
            401: "No usable key or user.",
            403: "The key lacks the scope.",
            503: "Try again after `Retry-After`.",
        }
    ),
}


@router.delete("/users/{user_id:path}", status_code=202, responses=_REFUSED)
async def erase_user(
    user_id: UserId, server: MayErase, services: Services, response: Response
) -> Erasure:
    """Delete all that a user has: a job, whose report `Location` shows. Until it is done the user
    can begin nothing (409 `user_being_erased`); then the name is a new user's.
    """
    owner = _owner(server, user_id)
    erasure = await services.store.privacy.erase(owner, actor_of(server))
    response.headers["Location"] = f"/users/{quote(user_id, safe='')}/erasure"
    return erasure


@router.get("/users/{user_id:path}/erasure", responses=_REFUSED)
async def show_erasure(user_id: UserId, server: MayErase, services: Services) -> Erasure:
    """The newest erasure of a user: what was deleted where, and what a second pass found."""
    return await services.store.privacy.erasure(_owner(server, user_id))


@router.get("/users/{user_id:path}/export", response_class=StreamingResponse, responses=_ARCHIVE)
async def export_user(user_id: UserId, server: MayExport, services: Services) -> StreamingResponse:
    """All that a user has, as one zip with a manifest."""
    owner = _owner(server, user_id)
    return _archive(await services.store.privacy.export(owner, actor_of(server)))


@router.get("/export", response_class=StreamingResponse, responses=_ARCHIVE)
async def export_own(
    user: User, principal: CurrentPrincipal, services: Services
) -> StreamingResponse:
    """All that the user has who asks, as one zip with a manifest."""
    return _archive(await services.store.privacy.export(user, actor_of(principal)))


def _archive(pieces: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Content-Disposition": 'attachment; filename="export.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def _owner(server: Principal, user: str) -> Owner:
    try:
        return Owner.checked(server.tenant, user)
    except ValueError as error:
        raise BadRequest(str(error)) from error
