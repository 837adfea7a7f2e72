"""What routes ask FastAPI for: the services, the user, and the request as the rules take it."""

from typing import Annotated, cast

from fastapi import Depends, Header, Request
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import Unsupported

from turnstream_gateway.admission.headers import ChatHeaders, context_of
from turnstream_gateway.admission.incoming import IncomingRequest, read_request
from turnstream_gateway.body import read_json
from turnstream_gateway.files.renewal import Renew, renewal
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.services import FileServices, GatewayServices


async def _services(request: Request) -> GatewayServices:
    return cast(GatewayServices, request.app.state.services)


Services = Annotated[GatewayServices, Depends(_services)]
User = Annotated[str, Depends(authenticate)]


async def _files(services: Services) -> FileServices:
    if services.files is None:
        raise Unsupported("This deployment takes no files: URL_SIGNING_KEY is not set.")
    return services.files


Files = Annotated[FileServices, Depends(_files)]


async def _base_url(request: Request, services: Services) -> str:
    return (services.settings.public_url or str(request.base_url)).rstrip("/")


BaseUrl = Annotated[str, Depends(_base_url)]
"""This deployment's address, without a slash at its end."""


async def _renewal(user: User, services: Services, base_url: BaseUrl) -> Renew:
    links = services.files.links if services.files is not None else None
    return renewal(links, user, base_url)


Renewal = Annotated[Renew, Depends(_renewal)]


async def _context(request: Request, user: User, services: Services) -> RequestContext:
    metadata: Json = {}
    return context_of(request.headers, user, metadata, services.settings.context_headers)


Context = Annotated[RequestContext, Depends(_context)]
"""The record of a request without a body that an assistant gets."""


async def _incoming(
    request: Request, user: User, headers: Annotated[ChatHeaders, Header()], services: Services
) -> IncomingRequest:
    settings = services.settings
    body = await read_json(request, settings.max_body)
    return read_request(user, body, headers, request.headers, settings)


Incoming = Annotated[IncomingRequest, Depends(_incoming)]
"""The ChatKit request in the body, with what the headers say."""
