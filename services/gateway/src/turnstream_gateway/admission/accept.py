"""Streaming requests: accepted durably, then followed."""

from turnstream.contracts.turns import AcceptTurn, TurnAccepted
from turnstream.meanwhile import Asked
from turnstream.store_client import StoreClient

from turnstream_gateway.relay.hub import Hub, Watch


async def accept_turn(
    client: StoreClient, hub: Hub, command: AcceptTurn
) -> tuple[TurnAccepted, Watch]:
    """Make a request a turn. When this returns, the answer can't be lost any more.

    The turn is watched while the store accepts it: who has heard its opening announced has missed
    nothing and need not read the log. Close the watch.
    """
    accepting = Asked(client.turns.accept(command))
    watch = hub.watch(command.turn_id)
    try:
        accepted = await accepting
    except BaseException:
        watch.close()
        raise
    if accepted.turn_id != command.turn_id:  # the key's first turn is the answer
        watch.close()
        watch = hub.watch(accepted.turn_id)
    return accepted, watch
