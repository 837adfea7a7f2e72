"""What the routes of the hosted API ask for: the server that asks, a page, and a session's body."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from turnstream.contracts.identity import Principal, Scope
from turnstream.contracts.pages import PageRequest
from turnstream.contracts.text import storable_json
from turnstream.tracing.context import facts_of, tell

from turnstream_gateway.admission.bounds import Bounds, too_large
from turnstream_gateway.body import read_json
from turnstream_gateway.hosted.requests import SessionBody
from turnstream_gateway.routes.dependencies import Asking, requires, services_of

MayMint = Annotated[Principal, requires(Scope.SESSIONS_WRITE)]
"""A server that makes and ends sessions."""
MayRead = Annotated[Principal, requires(Scope.THREADS_READ)]
"""A server that reads the threads of all its users."""
MayDelete = Annotated[Principal, requires(Scope.THREADS_WRITE)]
"""A server that deletes them."""


async def _thread_id(server: Asking, thread_id: Annotated[str, Path(max_length=200)]) -> str:
    tell(facts_of(tenant=server.tenant, thread_id=thread_id))
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
    bounds = Bounds.of(services_of(request).settings)
    body = await read_json(request, bounds.body, too_large(bounds))
    try:
        return SessionBody.model_validate_json(storable_json(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        placed = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(placed) from error


Body = Annotated[SessionBody, Depends(_session_body)]
