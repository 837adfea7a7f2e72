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

from gateway.following import Viewer
from gateway.hub import Hub, Watch
from gateway.relay import Relay


async def accept_turn(
    client: StoreClient,
    hub: Hub,
    request: Json,
    context: RequestContext,
    idempotency_key: str | None,
    when_busy: BusyPolicy,
) -> tuple[TurnAccepted, Watch]:
    """Make a request a turn. When this returns, the answer can't be lost any more.

    The turn is watched from before it exists: who has heard its opening announced has missed
    nothing and need not read the log. Close the watch.
    """
    turn_id = new_id("turn")
    command = AcceptTurn(
        turn_id=turn_id,
        request=request,
        context=context.model_copy(update={"turn_id": turn_id}),
        idempotency_key=idempotency_key,
        when_busy=when_busy,
    )
    watch = hub.watch(turn_id)
    try:
        accepted = await client.turns.accept(command)
    except BaseException:
        watch.close()
        raise
    if accepted.turn_id != turn_id:  # the key's first turn is the answer
        watch.close()
        watch = hub.watch(accepted.turn_id)
    return accepted, watch


async def answer(
    relay: Relay, accepted: TurnAccepted, viewer: Viewer, watch: Watch
) -> AsyncIterator[bytes]:
    """The stream of an accepted turn: its opening at once, then whatever its log brings."""
    yield sse.frames(OPENING, [orjson.dumps(event) for event in accepted.opening])
    async for chunk in relay.follow(viewer, watch, OPENING):
        yield chunk
