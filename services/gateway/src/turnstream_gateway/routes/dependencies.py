"""What routes ask FastAPI for: the services, the user, and the request as the rules take it."""

from typing import Annotated, cast

from fastapi import Depends, Request
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import Unsupported

from turnstream_gateway.admission.headers import ChatHeaders, context_of
from turnstream_gateway.admission.incoming import IncomingRequest, parse
from turnstream_gateway.body import read_json
from turnstream_gateway.files.renewal import Renew
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.services import FileServices, GatewayServices


def services_of(request: Request) -> GatewayServices:
    """The services of this gateway."""
    return cast(GatewayServices, request.app.state.services)


async def _services(request: Request) -> GatewayServices:
    return services_of(request)


Services = Annotated[GatewayServices, Depends(_services)]
User = Annotated[Owner, Depends(authenticate)]

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
    return services.renewal(user, _base_url(request, services))


Renewal = Annotated[Renew, Depends(_renewal)]


async def _context(request: Request, user: User) -> RequestContext:
    metadata: Json = {}
    visible = services_of(request).settings.context_headers
    return context_of(request.headers, user, metadata, visible)


Context = Annotated[RequestContext, Depends(_context)]
"""The record of a request without a body that an assistant gets."""


async def _incoming(request: Request, user: User) -> IncomingRequest:
    services = services_of(request)
    headers = ChatHeaders.of(request.headers)
    settings = services.settings
    parsed = parse(await read_json(request, settings.max_body), settings.max_attachments)
    return IncomingRequest(
        request=parsed,
        context=context_of(request.headers, user, parsed.metadata, settings.context_headers),
        idempotency_key=headers.idempotency_key,
        when_busy=headers.when_busy or settings.when_busy,
        resumable=headers.resumable,
        base_url=_base_url(request, services),
    )


Incoming = Annotated[IncomingRequest, Depends(_incoming)]
"""The ChatKit request in the body, with what the headers say."""


def _base_url(request: Request, services: GatewayServices) -> str:
    """This deployment's address, without a slash at its end."""
    if services.settings.public_url:
        return services.settings.public_url.rstrip("/")
    scope, host = request.scope, request.headers.get("host")
    if not host:
        return str(request.base_url).rstrip("/")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
