"""Threads of all users of a tenant over HTTP, for gateways that a tenant's own server asks."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from turnstream.contracts.turns import Json

from turnstream_store.database.pages import BoundedWindow
from turnstream_store.dependencies import Session, Tenant
from turnstream_store.threads import tenant_rules as rules

router = APIRouter(prefix="/tenant/threads", tags=["threads"])


def _window(
    limit: Annotated[int, Query(ge=0, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: str | None = None,
    before: str | None = None,
) -> BoundedWindow:
    return BoundedWindow(limit, order == "desc", after, before)


PageWindow = Annotated[BoundedWindow, Depends(_window)]


@router.get("", response_class=Response)
async def list_tenant_threads(
    tenant: Tenant, session: Session, window: PageWindow, user: str | None = None
) -> Response:
    """A page of the threads of all users, or of one; each names its user."""
    document = await rules.threads_document(session, tenant, window, user)
    return Response(document, media_type="application/json")


@router.get("/{thread_id}")
async def get_tenant_thread(thread_id: str, tenant: Tenant, session: Session) -> Json:
    """A thread of any user: without its items, with its user and the session that began it."""
    return await rules.thread_document(session, tenant, thread_id)


@router.get("/{thread_id}/items", response_class=Response)
async def list_tenant_items(
    thread_id: str,
    tenant: Tenant,
    session: Session,
    window: PageWindow,
    types: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """A page of items as the thread's user sees them: those of some types, or all."""
    document = await rules.items_document(session, (tenant, thread_id), window, types or ())
    return Response(document, media_type="application/json")
