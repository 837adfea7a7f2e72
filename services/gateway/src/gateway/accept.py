"""Streaming requests: accepted durably, then followed."""

from collections.abc import AsyncIterator

import orjson
from turnstream import sse
from turnstream.contracts.ids import new_id
from turnstream.contracts.turns import (
    AcceptTurn,
    BusyPolicy,
    Json,
    RequestContext,
    TurnAccepted,
)
from turnstream.event_log import OPENING
from turnstream.store_client import StoreClient

from gateway.relay import Relay, Viewer


async def accept_turn(
    client: StoreClient,
    request: Json,
    context: RequestContext,
    idempotency_key: str | None,
    when_busy: BusyPolicy,
) -> TurnAccepted:
    """Make a request a turn. When this returns, the answer can't be lost any more."""
    turn_id = new_id("turn")
    command = AcceptTurn(
        turn_id=turn_id,
        request=request,
        context=context.model_copy(update={"turn_id": turn_id}),
        idempotency_key=idempotency_key,
        when_busy=when_busy,
    )
    return await client.turns.accept(command)


async def answer(relay: Relay, accepted: TurnAccepted, viewer: Viewer) -> AsyncIterator[bytes]:
    """The stream of an accepted turn: its opening at once, then whatever its log brings."""
    yield sse.frames(OPENING, [orjson.dumps(event) for event in accepted.opening])
    async for chunk in relay.follow(viewer, OPENING):
        yield chunk
