"""What the routes work with: built once by the composition root, never global."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from turnstream.errors import Unsupported
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links, refers_to_files
from turnstream.redis.event_log import EventLog
from turnstream.store_client import StoreClient

from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.relay.hub import Hub
from turnstream_gateway.relay.relay import Relay
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.short_calls import ServerCaller

Renew = Callable[[bytes], bytes]


@dataclass(frozen=True)
class FileParts:
    """What keeps and shows files."""

    blobs: Blobs
    links: Links
    attachments: Attachments


@dataclass(frozen=True)
class State:
    """The parts of a running gateway."""

    settings: GatewaySettings
    client: StoreClient
    event_log: EventLog
    hub: Hub
    relay: Relay
    caller: ServerCaller
    files: FileParts | None
    """None without a key to sign links with."""
    stopping: Callable[[], bool]
    """True once this process was told to stop: then a connection that ends is our doing."""
    background: set[asyncio.Task[None]] = field(default_factory=set)
    """Reports of lost connections that are on their way to the store."""


async def _state(request: Request) -> State:
    return cast(State, request.app.state.parts)


Parts = Annotated[State, Depends(_state)]
User = Annotated[str, Depends(authenticate)]


async def _files(parts: Parts) -> FileParts:
    if parts.files is None:
        raise Unsupported("This deployment takes no files: URL_SIGNING_KEY is not set.")
    return parts.files


Files = Annotated[FileParts, Depends(_files)]


def address(request: Request, parts: State) -> str:
    """This deployment's address, without a slash at its end."""
    return (parts.settings.public_url or str(request.base_url)).rstrip("/")


def renewal(request: Request, user: str, parts: State) -> Renew:
    """What puts links that work now into a document that is about to be sent to the user."""
    files = parts.files
    if files is None:
        return bytes

    def renew(document: bytes) -> bytes:
        if not refers_to_files(document):
            return document
        return files.links.renew(document, user, address(request, parts))

    return renew


async def _renewal(request: Request, user: User, parts: Parts) -> Renew:
    return renewal(request, user, parts)


Renewal = Annotated[Renew, Depends(_renewal)]
