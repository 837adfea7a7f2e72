"""Streaming requests: accepted durably, then followed."""

from collections.abc import AsyncIterator

import orjson
from turnstream import sse
from turnstream.contracts.turns import AcceptTurn, TurnAccepted
from turnstream.event_log import OPENING
from turnstream.store_client import StoreClient

from gateway.following import Viewer
from gateway.hub import Hub, Watch
from gateway.relay import Relay


async def accept_turn(
    client: StoreClient, hub: Hub, command: AcceptTurn
) -> tuple[TurnAccepted, Watch]:
    """Make a request a turn. When this returns, the answer can't be lost any more.

    The turn is watched from before it exists: who has heard its opening announced has missed
    nothing and need not read the log. Close the watch.
    """
    watch = hub.watch(command.turn_id)
    try:
        accepted = await client.turns.accept(command)
    except BaseException:
        watch.close()
        raise
    if accepted.turn_id != command.turn_id:  # the key's first turn is the answer
        watch.close()
        watch = hub.watch(accepted.turn_id)
    return accepted, watch


def answer(
    relay: Relay, accepted: TurnAccepted, viewer: Viewer, watch: Watch
) -> AsyncIterator[bytes]:
    """The stream of an accepted turn: its opening at once, then whatever its log brings."""
    opening = sse.frames(OPENING, [orjson.dumps(event) for event in accepted.opening])
    return relay.follow(viewer, watch, OPENING, opening)
