"""Turns over HTTP: for the gateway what users ask, for workers what attempts do."""

from fastapi import APIRouter, Response
from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    ClaimedTurn,
    ClaimTurn,
    Json,
    LeasesRenewed,
    ReleaseTurn,
    RenewLeases,
    TurnAccepted,
    TurnView,
)

from turnstream_store.dependencies import Announce, Owner, Services, Session
from turnstream_store.turns import acceptance, cancellation, lifecycle

router = APIRouter(tags=["turns"])


@router.post("/turns", response_model=TurnAccepted)
async def accept(command: AcceptTurn, services: Services, announce: Announce) -> Response:
    """Accept a streaming request, durably."""
    accepted = await acceptance.accept(services.database, command, services.settings)
    announce(accepted.announcements)
    return Response(accepted.document, media_type="application/json")


@router.post("/turns/{turn_id}/claim", response_model=ClaimedTurn | None)
async def claim(command: ClaimTurn, services: Services) -> Response:
    """Claim a queued turn; null when someone else has it, or it must wait."""
    document = await lifecycle.claim(services.database, command, services.settings)
    return Response(document, media_type="application/json")


@router.post("/leases")
async def renew(command: RenewLeases, services: Services) -> LeasesRenewed:
    """Extend the leases of all of a worker's turns."""
    return await lifecycle.renew_leases(services.database, command)


@router.post("/turns/{turn_id}/release", status_code=204)
async def release(turn_id: str, command: ReleaseTurn, session: Session, announce: Announce) -> None:
    """Give a turn back to the queue."""
    announce(await lifecycle.release_turn(session, turn_id, command))


@router.post("/turns/{turn_id}/cancel")
async def cancel(
    turn_id: str,
    owner: Owner,
    session: Session,
    announce: Announce,
    reason: CancelReason = CancelReason.STOP,
) -> TurnView:
    """Stop a turn; stopping one that has ended changes nothing."""
    announce(await cancellation.cancel_by_id(session, owner, turn_id, reason))
    return await lifecycle.view_turn(session, owner, turn_id)


@router.post("/turns/{turn_id}/disconnect", status_code=204)
async def disconnect(turn_id: str, owner: Owner, session: Session, services: Services) -> None:
    """Note that the plain client of a turn went away."""
    grace = services.settings.disconnect_grace
    await cancellation.note_disconnect(session, owner, turn_id, grace)


@router.get("/turns/{turn_id}")
async def show(turn_id: str, owner: Owner, session: Session, present: bool = False) -> TurnView:
    """A turn of the owner's; `present` says that they come to watch it."""
    return await lifecycle.view_turn(session, owner, turn_id, present=present)


@router.get("/turns/{turn_id}/replay")
async def replay(turn_id: str, owner: Owner, session: Session) -> list[Json]:
    """The events that show a turn from what is stored, for when its log is gone."""
    return await lifecycle.replay_of(session, owner, turn_id)


@router.get("/threads/{thread_id}/turn")
async def active(thread_id: str, owner: Owner, session: Session) -> TurnView:
    """The active turn of a thread."""
    return await lifecycle.active_turn(session, owner, thread_id)
