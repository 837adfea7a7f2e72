"""Legal holds over HTTP. A call that names a user is about them, one that does not about all."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from turnstream.contracts.operating.privacy import Hold
from turnstream.contracts.owner import USER_HEADER

from turnstream_store.dependencies import AllTenantsSession, CurrentActor, Session, Tenant, owner_of
from turnstream_store.holds import rules

router = APIRouter(prefix="/holds", tags=["operator"])


@router.get("")
async def listing(
    session: AllTenantsSession, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
) -> list[Hold]:
    """Holds, newest first."""
    return await rules.list_holds(session, limit)


@router.post("")
async def place(request: Request, tenant: Tenant, session: Session, actor: CurrentActor) -> Hold:
    """Keep what a user has, or all users of a tenant, from retention and erasure."""
    return await rules.place_hold(session, tenant, _user(request), actor)


@router.delete("", status_code=204)
async def release(request: Request, tenant: Tenant, session: Session, actor: CurrentActor) -> None:
    """End a hold."""
    await rules.release_hold(session, tenant, _user(request), actor)


def _user(request: Request) -> str | None:
    return owner_of(request).user if USER_HEADER in request.headers else None
