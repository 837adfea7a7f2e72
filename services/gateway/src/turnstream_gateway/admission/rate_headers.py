"""`RateLimit-Policy` and `RateLimit`, in the head of every answer to a request that was counted.

They are those of draft-ietf-httpapi-ratelimit-headers-10: lists of quoted names with parameters.
"""

import asyncio
import math
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from turnstream.redis.rates import RateDecision, RateState

_KEY = "turnstream.rates"
"""The key in the ASGI scope."""


def note(scope: MutableMapping[str, Any], count: asyncio.Future[RateDecision]) -> None:
    """Have the answer to a request tell how its limits stand, once that is counted."""
    scope[_KEY] = count


class RateHeaders:
    """ASGI middleware that writes what was noted, whatever becomes of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Part of ASGI."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and (count := scope.get(_KEY)):
                headers = fields(await asyncio.shield(count))
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, sending)


def fields(count: RateDecision) -> list[tuple[bytes, bytes]]:
    """The header fields of a counted request; none where nothing limits it."""
    if not count.states:
        return []
    policy = ", ".join(map(_policy, count.states))
    state = ", ".join(map(_state, count.states))
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]


def _policy(state: RateState) -> str:
    amount, period = state.limit.rate
    return f'"{state.limit.name}";q={amount};w={period.total_seconds():.0f}'


def _state(state: RateState) -> str:
    """`r` units may come now; in `t` seconds the request may, or all units are there again."""
    seconds = math.ceil(state.wait or state.reset)
    return f'"{state.limit.name}";r={state.remaining};t={seconds}'
