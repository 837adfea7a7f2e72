"""`/console`: the operators' page, and what it asks for.

Each thing that it does is a command of `turnstream`, too. The routes are the page's own and may
change with it; they are not counted, so that an operator gets in while tenants are at their limits.
"""

from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from turnstream.contracts.identity import (
    ApiKey,
    Name,
    Principal,
    Scope,
    TenantRecord,
    TenantSettings,
)
from turnstream.contracts.ids import new_id
from turnstream.contracts.operations import (
    Overview,
    RunAgain,
    TurnContent,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnStarted,
    TurnSummary,
)
from turnstream.contracts.privacy import Actor, ActorKind, AuditPage
from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import Contract, FailedTurns
from turnstream.contracts.usage import UsagePage
from turnstream.errors import BodyTooLarge
from turnstream.store_client.made_keys import new_key

from turnstream_gateway.body import read_json
from turnstream_gateway.identity.open_routes import open_to_all
from turnstream_gateway.identity.operators import (
    PLACE,
    authenticate_operator,
    forget,
    keep,
)
from turnstream_gateway.routes.dependencies import Services
from turnstream_gateway.routes.usage import Wanted
from turnstream_gateway.ui.answers import PAGE_POLICY, page
from turnstream_gateway.ui.assets import built_assets

router = APIRouter(prefix=PLACE, include_in_schema=False)

_LARGEST = 64 * 1024
"""Bytes of a body. The settings of a tenant take a few hundred."""

Operator = Annotated[Principal, Depends(authenticate_operator)]
Limit = Annotated[int, Query(ge=1, le=500)]
TenantName = Annotated[str, Query(min_length=1, max_length=512)]


class SignedIn(Contract):
    """Who is signed in, and what the page must know of the deployment."""

    key_id: str
    expires_at: str | None
    trace_url: str | None


class NewKey(Contract):
    """A key that is to be made."""

    tenant: Name
    scopes: frozenset[Scope] = Field(min_length=1)
    name: StorableText = ""
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """In how many days it ends; None for one that lasts until it is revoked."""


class KeyShown(Contract):
    """A new key. Its secret is shown this once."""

    key: ApiKey
    secret: str


@router.get("")
@open_to_all("the page holds nothing of anybody; what it asks for needs an operator's key")
async def console_page(request: Request) -> Response:
    """The page."""
    root = request.scope.get("root_path", "")
    answer = page(built_assets(), "console.html", f"{root}/ui", console=f"{root}{PLACE}")
    answer.headers["Referrer-Policy"] = "no-referrer"  # addresses hold the names of users
    policy = PAGE_POLICY.replace("frame-ancestors 'self'", "frame-ancestors 'none'")
    answer.headers["Content-Security-Policy"] = policy
    return answer


@router.post("/api/session")
async def sign_in(
    request: Request, operator: Operator, services: Services, response: Response
) -> SignedIn:
    """Keep the key of the header in a cookie."""
    if "Authorization" in request.headers:
        keep(request, response, services.settings)
    return await signed_in(operator, services)


@router.delete("/api/session", status_code=204)
@open_to_all("it only takes a cookie back")
async def sign_out(request: Request, services: Services) -> Response:
    """Forget the key."""
    response = Response(status_code=204)
    forget(request, response, services.settings)
    return response


@router.get("/api/session")
async def signed_in(operator: Operator, services: Services) -> SignedIn:
    """Who is signed in."""
    until = operator.expires_at
    return SignedIn(
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
    return await services.store.operations.read(turn_id, _actor(operator))


@router.post("/api/turns/{turn_id}/cancel")
async def cancel(turn_id: str, operator: Operator, services: Services) -> TurnSummary:
    """Stop a turn."""
    return await services.store.operations.cancel(turn_id, _actor(operator))


@router.post("/api/turns/{turn_id}/requeue", status_code=204)
async def requeue(turn_id: str, operator: Operator, services: Services) -> None:
    """Let a dead letter go on."""
    await services.store.dead_letters.requeue(turn_id, _actor(operator))


@router.post("/api/turns/{turn_id}/run-again")
async def run_again(turn_id: str, operator: Operator, services: Services) -> TurnStarted:
    """Repeat a turn's request."""
    command = RunAgain(turn_id=new_id("turn"))
    return await services.store.operations.run_again(turn_id, command, _actor(operator))


@router.get("/api/tenants")
async def tenants(_: Operator, services: Services) -> list[TenantRecord]:
    """Tenants with settings of their own."""
    return await services.store.tenants.listed()


@router.put("/api/tenant")
async def set_tenant(
    name: TenantName, request: Request, operator: Operator, services: Services
) -> TenantRecord:
    """Give a tenant these settings in place of all that it had."""
    settings = await _body(request, TenantSettings)
    return await services.store.tenants.set(name, settings, _actor(operator))


@router.get("/api/keys")
async def keys(
    _: Operator, services: Services, tenant: TenantName | None = None, limit: Limit = 200
) -> list[ApiKey]:
    """Keys, the newest first."""
    return await services.store.keys.newest(tenant, limit)


@router.post("/api/keys")
async def create_key(request: Request, operator: Operator, services: Services) -> KeyShown:
    """Make a key."""
    wanted = await _body(request, NewKey)
    lasts = timedelta(days=wanted.days) if wanted.days else None
    command, secret = new_key(wanted.scopes, wanted.name, lasts)
    key = await services.store.keys.create(wanted.tenant, command, _actor(operator))
    return KeyShown(key=key, secret=secret.get_secret_value())


@router.post("/api/keys/{key_id}/revoke")
async def revoke_key(key_id: str, operator: Operator, services: Services) -> ApiKey:
    """End a key."""
    return await services.store.keys.revoke(None, key_id, _actor(operator))


@router.get("/api/usage")
async def usage(
    _: Operator,
    services: Services,
    wanted: Wanted,
    tenant: TenantName | None = None,
    user: str | None = None,
) -> UsagePage:
    """What models cost."""
    return await services.store.usage.of_all(wanted, tenant, user)


@router.get("/api/audit")
async def audit(
    _: Operator,
    services: Services,
    action: str | None = None,
    limit: Limit = 50,
    after: str | None = None,
) -> AuditPage:
    """What operators and keys did."""
    return await services.store.privacy.audit(limit, None, action, after)


def _actor(operator: Principal) -> Actor:
    return Actor(ActorKind.KEY, operator.key_id or "")


B = TypeVar("B", bound=BaseModel)


async def _body(request: Request, kind: type[B]) -> B:
    """The body of a request, once it is known who asks."""
    refused = BodyTooLarge(f"At most {_LARGEST} bytes.")
    body = await read_json(request, _LARGEST, refused)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        placed = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(placed) from error
