"""Turns over HTTP: for the gateway what users ask, for workers what attempts do.

Every write of a worker names its attempt; one of an older attempt is refused (409).
"""

from fastapi import APIRouter, Request, Response
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    ClaimedTurn,
    ClaimTurn,
    Json,
    ReleaseTurn,
    RenewedLeases,
    RenewLeases,
    TurnAccepted,
    TurnView,
)
from turnstream.tracing.context import tell

from turnstream_store.dependencies import (
    AllTenantsConnection,
    Announce,
    Owner,
    Services,
    Session,
    checked_owner,
    owner_of,
    services_of,
    tenant_of,
)
from turnstream_store.turns import cancellation, queries, views
from turnstream_store.turns.acceptance import rules as acceptance
from turnstream_store.turns.attempts import rules as attempts
from turnstream_store.turns.attempts import writing

router = APIRouter()
# Routes are tried in the order in which they stand here: those of every turn come first.


@router.post("/turns", response_model=TurnAccepted, tags=["turns"])
async def accept(command: AcceptTurn, request: Request) -> Response:
    """Accept a streaming request, durably."""
    services = services_of(request)
    owner = checked_owner(request, command.context.owner)
    settings = await services.limits.of(owner.tenant)
    with services.acceptances.one_more(owner, settings.max_turns_per_tenant) as placement:
        accepted = await acceptance.accept(services.database, command, settings, placement)
    tell(thread_id=accepted.thread_id)
    after = services.announcer.after(accepted.announcements)
    return Response(accepted.document, media_type="application/json", background=after)


@router.post("/claims", response_model=ClaimedTurn | None, tags=["turns"])
async def claim_next(command: ClaimTurn, services: Services) -> Response:
    """Claim the turn whose turn it is, of whatever tenant; null when none waits for a worker."""
    document = await attempts.claim_next(
        services.database, command, services.settings, services.limits
    )
    return Response(document, media_type="application/json")


@router.post("/turns/{turn_id}/writes", status_code=204, tags=["attempts"])
async def write(turn_id: str, command: WriteAttempt, request: Request) -> Response:
    """Write what an attempt did: steps, items, and the end of its turn."""
    services, owner = services_of(request), owner_of(request)
    announcements = await writing.write_attempt(
        services.database, services.settings, owner, turn_id, command
    )
    return Response(status_code=204, background=services.announcer.after(announcements))


@router.post("/turns/{turn_id}/claim", response_model=ClaimedTurn | None, tags=["turns"])
async def claim(command: ClaimTurn, request: Request) -> Response:
    """Claim this queued turn; null when someone else has it, or it must wait. For workers of a
    version that knew no `/claims`.
    """
    services, tenant = services_of(request), tenant_of(request)
    settings = await services.limits.of(tenant)
    document = await attempts.claim(services.database, tenant, command, settings)
    return Response(document, media_type="application/json")


@router.post("/leases", tags=["turns"])
async def renew(command: RenewLeases, connection: AllTenantsConnection) -> RenewedLeases:
    """Extend the leases of all of a worker's turns."""
    return await attempts.renew_leases(connection, command)


@router.post("/turns/{turn_id}/release", status_code=204, tags=["turns"])
async def release(
    turn_id: str, owner: Owner, command: ReleaseTurn, session: Session, announce: Announce
) -> None:
    """Give a turn back to the queue."""
    announce(await attempts.release_turn(session, owner, turn_id, command))


@router.post("/turns/{turn_id}/cancel", tags=["turns"])
async def cancel(
    turn_id: str,
    owner: Owner,
    session: Session,
    announce: Announce,
    reason: CancelReason = CancelReason.STOP,
) -> TurnView:
    """Stop a turn; stopping one that has ended changes nothing."""
    announce(await cancellation.cancel_by_id(session, owner, turn_id, reason))
    return await views.view_turn(session, owner, turn_id)


@router.post("/turns/{turn_id}/disconnect", status_code=204, tags=["turns"])
async def disconnect(turn_id: str, owner: Owner, session: Session, services: Services) -> None:
    """Note that the plain client of a turn went away."""
    grace = services.settings.disconnect_grace
    await cancellation.note_disconnect(session, owner, turn_id, grace)


@router.get("/turns/{turn_id}", tags=["turns"])
async def show(turn_id: str, owner: Owner, session: Session, present: bool = False) -> TurnView:
    """A turn of the owner's; `present` says that they come to watch it."""
    return await views.view_turn(session, owner, turn_id, present=present)


@router.get("/turns/{turn_id}/worker", tags=["turns"])
async def worker(turn_id: str, owner: Owner, session: Session) -> str | None:
    """The instance that runs a turn; null while none does."""
    return await views.worker_of(session, owner, turn_id)


@router.get("/turns/{turn_id}/replay", tags=["turns"])
async def replay(turn_id: str, owner: Owner, session: Session) -> list[Json]:
    """The events that show a turn from what is stored, for when its log is gone."""
    return await views.replay_of(session, owner, turn_id)


@router.get("/threads/{thread_id}/turn", tags=["turns"])
async def active(
    thread_id: str, owner: Owner, session: Session, or_failed: bool = False
) -> TurnView:
    """The active turn of a thread; without one and with `or_failed`, its newest if that failed."""
    return await views.active_turn(session, owner, thread_id, or_failed=or_failed)


@router.patch("/turns/{turn_id}/thread", tags=["attempts"])
async def patch_thread(turn_id: str, owner: Owner, command: ThreadPatch, session: Session) -> Json:
    """Set the fields of the turn's thread that changed; the thread as it stands then."""
    return await writing.patch_for_attempt(session, owner, turn_id, command)


@router.get("/turns/{turn_id}/journal", tags=["attempts"])
async def journal(turn_id: str, owner: Owner, session: Session) -> dict[str, str]:
    """Every step journaled in a turn."""
    return await queries.recorded_steps(session, owner, turn_id)
