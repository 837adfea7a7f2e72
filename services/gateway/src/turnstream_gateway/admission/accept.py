"""Streaming requests: accepted durably, then followed."""

from turnstream.contracts.ids import new_id
from turnstream.contracts.turns import AcceptTurn, TurnAccepted
from turnstream.secrets.credentials import Credentials
from turnstream.store_client import StoreClient
from turnstream.tracing.context import tell

from turnstream_gateway.admission.incoming import IncomingRequest, to_json
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.following.listener import Listener
from turnstream_gateway.tenants import TenantChoices


async def accept_turn(
    store: StoreClient,
    hub: Hub,
    tenants: TenantChoices,
    credentials: Credentials,
    incoming: IncomingRequest,
) -> tuple[TurnAccepted, Listener]:
    """Make a streaming request a turn. When this returns, the answer can't be lost any more.

    The gateway listens to the turn while the store accepts it: a viewer whose opening is announced
    has missed nothing and need not read the log. The caller closes the listener.
    """
    context = await tenants.with_settings(incoming.context)
    turn_id = new_id("turn")
    context, sealed = credentials.taken_from(context, turn_id)
    command = AcceptTurn(
        turn_id=turn_id,
        request=to_json(incoming.request),
        context=context.model_copy(update={"turn_id": turn_id}),
        credentials=sealed,
        idempotency_key=incoming.idempotency_key,
        when_busy=incoming.when_busy,
    )
    listener = hub.listen(turn_id)
    tell(turn_id=turn_id)
    try:
        accepted = await store.turns.accept(command)
    except BaseException:
        listener.close()
        raise
    tell(turn_id=accepted.turn_id, thread_id=accepted.thread_id)
    if accepted.turn_id != turn_id:  # the key's first turn is the answer
        listener.close()
        listener = hub.listen(accepted.turn_id)
    return accepted, listener
