"""What the console asks for beside turns: tenants, keys, usage and the audit."""

from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from turnstream.contracts.identity import ApiKey, Name, Scope, TenantRecord, TenantSettings
from turnstream.contracts.operating.privacy import AuditPage
from turnstream.contracts.operating.usage import UsagePage
from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import Contract
from turnstream.errors import BodyTooLarge
from turnstream.store_client.identity.made_keys import new_key

from turnstream_gateway.http.body import read_json
from turnstream_gateway.identity.operators import CONSOLE_PATH
from turnstream_gateway.routes.console.page import Limit, Operator, actor_of
from turnstream_gateway.routes.dependencies import Services
from turnstream_gateway.routes.usage import Wanted

router = APIRouter(prefix=CONSOLE_PATH, include_in_schema=False)

TenantName = Annotated[str, Query(min_length=1, max_length=512)]

_LARGEST = 64 * 1024
"""Bytes of a body. The settings of a tenant take a few hundred."""


class NewKey(Contract):
    """A key that is to be made."""

    tenant: Name
    scopes: frozenset[Scope] = Field(min_length=1)
    name: StorableText = ""
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """The days until it ends; None for one that lasts until it is revoked."""


class IssuedKey(Contract):
    """A new key. Its secret is shown this once."""

    key: ApiKey
    secret: str


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
    return await services.store.tenants.set(name, settings, actor_of(operator))


@router.get("/api/keys")
async def keys(
    _: Operator, services: Services, tenant: TenantName | None = None, limit: Limit = 200
) -> list[ApiKey]:
    """Keys, the newest first."""
    return await services.store.keys.newest(tenant, limit)


@router.post("/api/keys")
async def create_key(request: Request, operator: Operator, services: Services) -> IssuedKey:
    """Make a key."""
    wanted = await _body(request, NewKey)
    lasts = timedelta(days=wanted.days) if wanted.days else None
    command, secret = new_key(wanted.scopes, wanted.name, lasts)
    key = await services.store.keys.create(wanted.tenant, command, actor_of(operator))
    return IssuedKey(key=key, secret=secret.get_secret_value())


@router.post("/api/keys/{key_id}/revoke")
async def revoke_key(key_id: str, operator: Operator, services: Services) -> ApiKey:
    """End a key."""
    return await services.store.keys.revoke(None, key_id, actor_of(operator))


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
