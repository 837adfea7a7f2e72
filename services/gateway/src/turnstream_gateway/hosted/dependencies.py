"""What the routes of the hosted API ask for: the server that asks, a page, and a session's body."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from turnstream.contracts.identity import Principal, Scope
from turnstream.contracts.pages import PageRequest
from turnstream.tracing.context import tell

from turnstream_gateway.hosted.requests import SessionBody
from turnstream_gateway.routes.dependencies import CurrentPrincipal, read_model, requires

MayMint = Annotated[Principal, requires(Scope.SESSIONS_WRITE)]
"""A server that makes and ends sessions."""
MayRead = Annotated[Principal, requires(Scope.THREADS_READ)]
"""A server that reads the threads of all its users."""
MayDelete = Annotated[Principal, requires(Scope.THREADS_WRITE)]
"""A server that deletes them."""


async def _thread_id(
    server: CurrentPrincipal, thread_id: Annotated[str, Path(max_length=200)]
) -> str:
    tell(tenant=server.tenant, thread_id=thread_id)
    return thread_id


ThreadId = Annotated[str, Depends(_thread_id)]
"""The thread in the path."""
_Cursor = Annotated[str | None, Query(max_length=200)]


async def _page(
    limit: Annotated[int, Query(ge=0, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: _Cursor = None,
    before: _Cursor = None,
) -> PageRequest:
    return PageRequest(limit, order, after, before)


Page = Annotated[PageRequest, Depends(_page)]


async def _session_body(request: Request) -> SessionBody:
    return await read_model(request, SessionBody)


Body = Annotated[SessionBody, Depends(_session_body)]
