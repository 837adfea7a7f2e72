"""`/console`: the operators' page, and what it asks for.

Each thing that it does is a command of `turnstream`, too. The routes are the page's own and may
change with it; they are not counted, so that an operator gets in while tenants are at their limits.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from turnstream.contracts.identity import Principal
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.operations import (
    RunAgain,
    TurnContent,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnStarted,
    TurnSummary,
)
from turnstream.contracts.operating.overview import Overview
from turnstream.contracts.operating.privacy import Actor, ActorKind
from turnstream.contracts.turns import Contract, FailedTurns

from turnstream_gateway.identity.operators import (
    CONSOLE_PATH,
    authenticate_operator,
    forget,
    keep,
)
from turnstream_gateway.identity.unauthenticated_routes import unauthenticated
from turnstream_gateway.routes.dependencies import Services
from turnstream_gateway.ui.answers import PAGE_POLICY, page
from turnstream_gateway.ui.assets import built_assets

router = APIRouter(prefix=CONSOLE_PATH, include_in_schema=False)

Operator = Annotated[Principal, Depends(authenticate_operator)]
Limit = Annotated[int, Query(ge=1, le=500)]


class ConsoleSession(Contract):
    """Who is signed in, and what the page must know of the deployment."""

    key_id: str
    expires_at: str | None
    trace_url: str | None


@router.get("")
@unauthenticated("the page holds nothing of anybody; what it asks for needs an operator's key")
async def console_page(request: Request) -> Response:
    """The page."""
    root = request.scope.get("root_path", "")
    answer = page(built_assets(), "console.html", f"{root}/ui", console=f"{root}{CONSOLE_PATH}")
    answer.headers["Referrer-Policy"] = "no-referrer"  # addresses hold the names of users
    policy = PAGE_POLICY.replace("frame-ancestors 'self'", "frame-ancestors 'none'")
    answer.headers["Content-Security-Policy"] = policy
    return answer


@router.post("/api/session")
async def sign_in(
    request: Request, operator: Operator, services: Services, response: Response
) -> ConsoleSession:
    """Keep the key of the header in a cookie."""
    if "Authorization" in request.headers:
        keep(request, response, services.settings)
    return await signed_in(operator, services)


@router.delete("/api/session", status_code=204)
@unauthenticated("it only takes a cookie back")
async def sign_out(request: Request, services: Services) -> Response:
    """Forget the key."""
    response = Response(status_code=204)
    forget(request, response, services.settings)
    return response


@router.get("/api/session")
async def signed_in(operator: Operator, services: Services) -> ConsoleSession:
    """Who is signed in."""
    until = operator.expires_at
    return ConsoleSession(
        key_id=operator.key_id or "",
        expires_at=until.isoformat() if until else None,
        trace_url=services.settings.trace_url,
    )


@router.get("/api/overview")
async def overview(_: Operator, services: Services) -> Overview:
    """The queue, the slots and the workers."""
    return await services.store.operations.overview()


@router.get("/api/turns")
async def turns(
    _: Operator, wanted: Annotated[TurnSearch, Query()], services: Services
) -> TurnList:
    """Turns of everybody."""
    return await services.store.operations.turns(wanted)


@router.get("/api/failures")
async def failures(_: Operator, services: Services, limit: Limit = 1) -> FailedTurns:
    """How many turns failed with each code."""
    return await services.store.dead_letters.failed(limit)


@router.get("/api/turns/{turn_id}")
async def turn(turn_id: str, _: Operator, services: Services) -> TurnDetails:
    """A turn."""
    return await services.store.operations.turn(turn_id)


@router.post("/api/turns/{turn_id}/content")
async def content(turn_id: str, operator: Operator, services: Services) -> TurnContent:
    """What was said in a turn. The audit tells of it."""
    return await services.store.operations.read(turn_id, actor_of(operator))


@router.post("/api/turns/{turn_id}/cancel")
async def cancel(turn_id: str, operator: Operator, services: Services) -> TurnSummary:
    """Stop a turn."""
    return await services.store.operations.cancel(turn_id, actor_of(operator))


@router.post("/api/turns/{turn_id}/requeue", status_code=204)
async def requeue(turn_id: str, operator: Operator, services: Services) -> None:
    """Let a dead letter go on."""
    await services.store.dead_letters.requeue(turn_id, actor_of(operator))


@router.post("/api/turns/{turn_id}/run-again")
async def run_again(turn_id: str, operator: Operator, services: Services) -> TurnStarted:
    """Repeat a turn's request."""
    command = RunAgain(turn_id=new_id("turn"))
    return await services.store.operations.run_again(turn_id, command, actor_of(operator))


def actor_of(operator: Principal) -> Actor:
    """Who is named in the audit."""
    return Actor(ActorKind.KEY, operator.key_id or "")
