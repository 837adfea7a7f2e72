"""Turns over HTTP: for the gateway what users ask, for workers what attempts do."""

from fastapi import APIRouter, Response
from starlette.background import BackgroundTask
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

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.turns import acceptance, lifecycle
from turnstream_store.turns.cancellation import cancel_by_id, note_disconnect
from turnstream_store.turns.lifecycle import (
    active_turn,
    release_turn,
    renew_leases,
    replay_of,
    view,
    view_turn,
)

router = APIRouter(tags=["turns"])


@router.post("/turns", response_model=TurnAccepted)
async def accept(command: AcceptTurn, parts: Parts) -> Response:
    """Accept a streaming request, durably."""
    accepted = await acceptance.accept(parts.database, command, parts.settings)
    return _document(accepted.document, parts.announcer.after(accepted.announcements))


@router.post("/turns/{turn_id}/claim", response_model=ClaimedTurn | None)
async def claim(command: ClaimTurn, parts: Parts) -> Response:
    """Claim a queued turn; null when someone else has it, or it must wait."""
    return _document(await lifecycle.claim(parts.database, command, parts.settings))


@router.post("/leases")
async def renew(command: RenewLeases, parts: Parts) -> LeasesRenewed:
    """Extend the leases of all of a worker's turns."""
    async with parts.database.transaction() as connection:
        return await renew_leases(connection, command)


@router.post("/turns/{turn_id}/release", status_code=204)
async def release(turn_id: str, command: ReleaseTurn, parts: Parts) -> None:
    """Give a turn back to the queue."""
    async with parts.database.transaction() as connection:
        announcements = await release_turn(connection, turn_id, command)
    await parts.announcer.publish(announcements)


@router.post("/turns/{turn_id}/cancel")
async def cancel(
    turn_id: str, owner: Owner, parts: Parts, reason: CancelReason = CancelReason.STOP
) -> TurnView:
    """Stop a turn; stopping one that has ended changes nothing."""
    async with parts.database.transaction() as connection:
        row, announcements = await cancel_by_id(connection, owner, turn_id, reason)
        turn = view(row)
    await parts.announcer.publish(announcements)
    return turn


@router.post("/turns/{turn_id}/disconnect", status_code=204)
async def disconnect(turn_id: str, owner: Owner, parts: Parts) -> None:
    """Note that the plain client of a turn went away."""
    async with parts.database.transaction() as connection:
        await note_disconnect(connection, owner, turn_id, parts.settings.disconnect_grace)


@router.get("/turns/{turn_id}")
async def show(turn_id: str, owner: Owner, parts: Parts, present: bool = False) -> TurnView:
    """A turn of the owner's; `present` says that they come to watch it."""
    async with parts.database.transaction() as connection:
        return await view_turn(connection, owner, turn_id, present=present)


@router.get("/turns/{turn_id}/replay")
async def replay(turn_id: str, owner: Owner, parts: Parts) -> list[Json]:
    """The events that show a turn from what is stored, for when its log is gone."""
    async with parts.database.transaction() as connection:
        return await replay_of(connection, owner, turn_id)


@router.get("/threads/{thread_id}/turn")
async def active(thread_id: str, owner: Owner, parts: Parts, response: Response) -> TurnView:
    """The active turn of a thread."""
    async with parts.database.transaction() as connection:
        return await active_turn(connection, owner, thread_id)


def _document(document: bytes, then: BackgroundTask | None = None) -> Response:
    return Response(document, media_type="application/json", background=then)
