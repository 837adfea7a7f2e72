"""One-line commands: valid by default, different where a test says so."""

from datetime import timedelta
from typing import Any

import orjson
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.store_api import StoredItem, WriteAttempt
from turnstream.contracts.turns import (
    AcceptTurn,
    BusyPolicy,
    ClaimedTurn,
    ClaimTurn,
    RequestContext,
    TurnAccepted,
    TurnStatus,
)
from turnstream.http import sse
from turnstream.store_client import StoreClient

ANN = Owner(DEFAULT_TENANT, "ann")
BOB = Owner(DEFAULT_TENANT, "bob")
OTHER_ANN = Owner("acme", "ann")
"""Another tenant's user, who has the name of one of ours."""

LEASE = timedelta(seconds=30)
"""Long enough that no lease expires in a test."""


def message(text: str = "hello", **params: Any) -> dict[str, Any]:
    """The request of a user's message: in a new thread, or in `thread_id`."""
    content = [{"type": "input_text", "text": text}]
    user_input = {"content": content, "attachments": [], "inference_options": {}}
    kind = "threads.add_user_message" if "thread_id" in params else "threads.create"
    return request(kind, input=user_input | params.pop("input", {}), **params)


def request(kind: str, **params: Any) -> dict[str, Any]:
    """Any ChatKit request."""
    return {"type": kind, "params": params}


async def accept(
    client: StoreClient,
    asked: dict[str, Any] | None = None,
    *,
    owner: Owner = ANN,
    key: str | None = None,
    when_busy: BusyPolicy = BusyPolicy.ENQUEUE,
    session: str | None = None,
) -> TurnAccepted:
    """Accept a request as a turn."""
    command = AcceptTurn(
        turn_id=new_id("turn"),
        request=asked or message(),
        context=RequestContext(user_id=owner.user, tenant=owner.tenant, session_id=session),
        idempotency_key=key,
        when_busy=when_busy,
    )
    return await client.turns.accept(command)


def shown(accepted: TurnAccepted) -> list[dict[str, Any]]:
    """The events that viewers of an accepted turn see first."""
    return [orjson.loads(event) for event in sse.events_in(accepted.opening.encode())]


async def claim(
    client: StoreClient,
    turn_id: str,
    *,
    tenant: str = DEFAULT_TENANT,
    worker: str = "w1",
    lease: timedelta = LEASE,
) -> ClaimedTurn | None:
    """Claim a turn for a worker."""
    command = ClaimTurn(turn_id=turn_id, tenant=tenant, worker=worker, lease=lease)
    return await client.turns.claim(command)


async def claim_next(client: StoreClient, *, named: str = "turn_any") -> ClaimedTurn | None:
    """What a worker does that was woken for a turn."""
    command = ClaimTurn(turn_id=named, worker="w1", lease=LEASE)
    return await client.turns.claim_next(command)


async def running(
    client: StoreClient, asked: dict[str, Any] | None = None, *, owner: Owner = ANN, **options: Any
) -> ClaimedTurn:
    """A turn that has just been accepted and claimed."""
    accepted = await accept(client, asked, owner=owner, **options)
    claimed = await claim(client, accepted.turn_id, tenant=owner.tenant)
    assert claimed is not None
    return claimed


async def write(client: StoreClient, claimed: ClaimedTurn, **writes: Any) -> None:
    """Write something for a claimed turn."""
    command = WriteAttempt.model_validate({"attempt": claimed.attempt, **writes})
    await client.attempts.write(claimed.context.owner, claimed.turn_id, command)


async def save_item(client: StoreClient, claimed: ClaimedTurn, item: StoredItem) -> None:
    """Add or replace an item for a claimed turn."""
    await write(client, claimed, items=[item])


async def finish(
    client: StoreClient, claimed: ClaimedTurn, status: TurnStatus = TurnStatus.COMPLETED
) -> None:
    """End a claimed turn."""
    await write(client, claimed, end={"status": status})


def item(item_id: str, kind: str = "assistant_message", **fields: Any) -> StoredItem:
    """An item on its way into the store."""
    document = {"id": item_id, "type": kind, "created_at": "2026-01-01T00:00:00Z", **fields}
    return StoredItem(item_id=item_id, type=kind, payload=orjson.dumps(document).decode())
