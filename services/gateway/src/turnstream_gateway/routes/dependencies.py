"""What routes ask FastAPI for: the services, the user, and the request as the rules take it."""

import asyncio
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Header, Request, params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from turnstream.contracts.identity import Principal, Scope
from turnstream.contracts.operating.privacy import Actor, ActorKind
from turnstream.contracts.owner import Owner
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.text import storable_json
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import Forbidden, Unsupported
from turnstream.tracing.context import tell

from turnstream_gateway.admission.headers import ChatHeaders
from turnstream_gateway.admission.incoming import IncomingRequest, parse
from turnstream_gateway.admission.limits import attachments_limit
from turnstream_gateway.admission.rate_headers import note
from turnstream_gateway.admission.rates import kind_of, refusal
from turnstream_gateway.admission.request_context import context_of
from turnstream_gateway.files.renewal import Renew
from turnstream_gateway.http.body import read_json
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.services import FileServices, GatewayServices

Body = TypeVar("Body", bound=BaseModel)


def services_of(request: Request) -> GatewayServices:
    """The services of this gateway."""
    return cast(GatewayServices, request.app.state.services)


async def _services(request: Request) -> GatewayServices:
    return services_of(request)


Services = Annotated[GatewayServices, Depends(_services)]
CurrentPrincipal = Annotated[Principal, Depends(authenticate)]
"""Who asks, whatever they may do. A route that takes no more asks for `User` or `requires`."""


def requires(*scopes: Scope) -> params.Depends:
    """The principal of a route, who has all of these scopes: `Annotated[Principal, requires(…)]`.

    Anybody else gets 403, with the scope that is missing.
    """

    async def scoped(principal: CurrentPrincipal) -> Principal:
        return allowed(principal, *scopes)

    return cast(params.Depends, Depends(scoped))


def allowed(principal: Principal, *scopes: Scope) -> Principal:
    """The principal, if they have these scopes. Raises `Forbidden` that names the first missing."""
    for scope in scopes:
        if scope not in principal.scopes:
            raise Forbidden(scope=scope)
    return principal


async def count_request(request: Request, principal: Principal, kind: RequestKind) -> None:
    """Count a request against every limit that applies. Raises `RateLimited`.

    It comes before anything that costs the store: a refused request costs one call to Redis.
    """
    counting = await services_of(request).rates.begin(principal, kind)
    note(request.scope, counting.answer)
    if not counting.may_proceed and not (counted := await asyncio.shield(counting.answer)).allowed:
        raise refusal(counted)


def counted(kind: RequestKind) -> params.Depends:
    """Counts the requests of a route, or of all routes of a router: `dependencies=[counted(…)]`."""

    async def count(request: Request, principal: CurrentPrincipal) -> None:
        await count_request(request, principal, kind)

    return cast(params.Depends, Depends(count))


def user_of(principal: Principal) -> Owner:
    """Who chats. Raises `Forbidden` for a server key without the scope, or that names no user."""
    if allowed(principal, Scope.CHAT).user is None:
        raise Forbidden("A server key chats for a user only: name one in X-User-Id.")
    return principal.owner


def actor_of(principal: Principal) -> Actor:
    """Who asks, for the audit: a server key, or the user whom the entry names anyway."""
    if principal.user is None and principal.key_id is not None:
        return Actor(ActorKind.KEY, principal.key_id)
    return Actor(ActorKind.USER)


async def _user(principal: CurrentPrincipal) -> Owner:
    return user_of(principal)


User = Annotated[Owner, Depends(_user)]
"""The owner of what a request reads and makes."""

# FastAPI walks through the dependencies of a dependency for each route that names it, at 20 us
# each. What every message needs takes the request itself.


async def _files(request: Request) -> FileServices:
    files = services_of(request).files
    if files is None:
        raise Unsupported("This deployment takes no files: URL_SIGNING_KEY is not set.")
    return files


Files = Annotated[FileServices, Depends(_files)]


async def _renewal(request: Request, user: User) -> Renew:
    services = services_of(request)
    return services.renewal(user, base_url_of(request))


Renewal = Annotated[Renew, Depends(_renewal)]


AcceptLanguage = Annotated[
    str | None,
    Header(
        alias="Accept-Language",
        description="The best known language is the assistant's `context.locale`.",
    ),
]


async def _context(
    request: Request, principal: CurrentPrincipal, accept_language: AcceptLanguage = None
) -> RequestContext:
    metadata: Json = {}
    user_of(principal)
    settings = services_of(request).settings
    return context_of(principal, accept_language, request.headers, metadata, settings)


Context = Annotated[RequestContext, Depends(_context)]
"""The record of a request without a body that an assistant gets."""


async def _incoming(
    request: Request, principal: CurrentPrincipal, headers: Annotated[ChatHeaders, Header()]
) -> IncomingRequest:
    user_of(principal)
    services = services_of(request)
    settings, bounds = services.settings, services.bounds
    largest = max(bounds.body, bounds.audio)  # the body says which of them counts
    body = await read_json(request, largest, bounds.too_large())
    attachments = attachments_limit(principal, bounds.attachments)
    parsed = parse(body, bounds._replace(attachments=attachments))
    kind = kind_of(parsed)
    if kind is RequestKind.TURN:
        services.overload.check(principal.tenant)  # it costs nobody's rate
    await count_request(request, principal, kind)
    await services.session_rules.admit(principal, parsed)
    thread_id = getattr(parsed.params, "thread_id", None)
    tell(tenant=principal.tenant, thread_id=thread_id)
    return IncomingRequest(
        request=parsed,
        principal=principal,
        context=context_of(
            principal, headers.accept_language, request.headers, parsed.metadata, settings
        ),
        idempotency_key=headers.idempotency_key,
        when_busy=headers.when_busy or settings.when_busy,
        resumable=headers.resumable,
        base_url=base_url_of(request),
    )


async def _user_of_thread(request: Request, principal: CurrentPrincipal, thread_id: str) -> Owner:
    tell(tenant=principal.tenant, thread_id=thread_id)
    await services_of(request).session_rules.check_thread(principal, thread_id)
    return user_of(principal)


UserOfThread = Annotated[Owner, Depends(_user_of_thread)]
"""The user, where the path names a thread that their session may see."""


async def _user_of_turn(request: Request, principal: CurrentPrincipal, turn_id: str) -> Owner:
    tell(tenant=principal.tenant, turn_id=turn_id)
    await services_of(request).session_rules.check_turn(principal, turn_id)
    return user_of(principal)


UserOfTurn = Annotated[Owner, Depends(_user_of_turn)]
"""The user, where the path names a turn in a thread that their session may see."""


Incoming = Annotated[IncomingRequest, Depends(_incoming)]
"""The ChatKit request in the body, with what the headers say."""


async def read_model(request: Request, model: type[Body]) -> Body:
    """The body of a request, by its model. What is wrong with it is named by its place."""
    bounds = services_of(request).bounds
    body = await read_json(request, bounds.body, bounds.too_large())
    try:
        return model.model_validate_json(storable_json(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        placed = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(placed) from error


def base_url_of(request: Request) -> str:
    """This deployment's address, without a slash at its end."""
    public_url = services_of(request).settings.public_url
    if public_url:
        return public_url.rstrip("/")
    scope, host = request.scope, request.headers.get("host")
    if not host:
        return str(request.base_url).rstrip("/")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
