"""Streaming requests: accepted durably, then followed."""

import orjson
from turnstream import sse
from turnstream.contracts.turns import AcceptTurn, TurnAccepted
from turnstream.event_log import OPENING
from turnstream.store_client import StoreClient

from gateway.hub import Hub, Watch


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


def opening_of(accepted: TurnAccepted) -> bytes:
    """What a viewer of an accepted turn sees at once; its log goes on behind `OPENING`."""
    return sse.frames(OPENING, [orjson.dumps(event) for event in accepted.opening])
