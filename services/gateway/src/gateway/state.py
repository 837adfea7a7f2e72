"""What the routes work with: built once by the composition root, never global."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from turnstream.event_log import EventLog
from turnstream.store_client import StoreClient

from gateway.auth import authenticate
from gateway.relay import Relay
from gateway.server_calls import ServerCaller
from gateway.settings import GatewaySettings


@dataclass(frozen=True)
class State:
    """The parts of a running gateway."""

    settings: GatewaySettings
    client: StoreClient
    event_log: EventLog
    relay: Relay
    caller: ServerCaller
    stopping: Callable[[], bool]
    """True once this process was told to stop: then a connection that ends is our doing."""
    background: set[asyncio.Task[None]] = field(default_factory=set)
    """Reports of lost connections that are on their way to the store."""


def _state(request: Request) -> State:
    return cast(State, request.app.state.parts)


Parts = Annotated[State, Depends(_state)]
User = Annotated[str, Depends(authenticate)]
