"""Operations over HTTP: for operators, and for workers that say that they are there."""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.operating.operations import (
    RunAgain,
    TurnContent,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnStarted,
    TurnSummary,
)
from turnstream.contracts.operating.overview import Overview, WorkerHeartbeat

from turnstream_store.dependencies import AllTenantsSession, Announce, CurrentActor, Services
from turnstream_store.operations import actions, queries, rules

router = APIRouter()


@router.put("/workers/{instance}", status_code=204, tags=["attempts"])
async def seen(instance: str, worker: WorkerHeartbeat, session: AllTenantsSession) -> None:
    """A worker is there."""
    known = worker.model_copy(update={"instance": instance})
    await queries.note_worker(session, known)


@router.delete("/workers/{instance}", status_code=204, tags=["attempts"])
async def gone(instance: str, session: AllTenantsSession) -> None:
    """A worker has ended."""
    await queries.forget_worker(session, instance)


@router.get("/operations/overview", tags=["operator"])
async def overview(services: Services) -> Overview:
    """The queue, the slots and the workers at this moment."""
    return await services.overview.overview()


@router.get("/operations/turns", tags=["operator"])
async def turns(
    wanted: Annotated[TurnSearch, Query()], session: AllTenantsSession, services: Services
) -> TurnList:
    """Turns of everybody, the newest first."""
    return await rules.list_turns(session, services.announcer.event_log, wanted)


@router.get("/operations/turns/{turn_id}", tags=["operator"])
async def turn(turn_id: str, session: AllTenantsSession, services: Services) -> TurnDetails:
    """All that is known of a turn but what was said in it."""
    return await rules.show_turn(session, services.announcer.event_log, turn_id)


@router.post("/operations/turns/{turn_id}/content", tags=["operator"])
async def content(turn_id: str, session: AllTenantsSession, actor: CurrentActor) -> TurnContent:
    """What was said in a turn. The audit tells who read it."""
    return await actions.read_turn(session, turn_id, actor)


@router.post("/operations/turns/{turn_id}/cancel", tags=["operator"])
async def cancel(
    turn_id: str, session: AllTenantsSession, actor: CurrentActor, announce: Announce
) -> TurnSummary:
    """Stop a turn that is queued or runs."""
    summary, announcements = await actions.stop_turn(session, turn_id, actor)
    announce(announcements)
    return summary


@router.post("/operations/turns/{turn_id}/run-again", tags=["operator"])
async def run_again(
    turn_id: str, command: RunAgain, services: Services, actor: CurrentActor, announce: Announce
) -> TurnStarted:
    """Repeat the request of a failed or cancelled turn in a new turn of its thread."""
    database = services.database
    owner = await actions.owner_of(database, turn_id)
    settings = await services.limits.of(owner.tenant)
    with services.acceptances.one_more(owner, settings.max_turns_per_tenant) as placement:
        accepting = (owner, settings, placement)
        started, announcements = await actions.run_again(
            database, turn_id, command, accepting, actor
        )
    announce(announcements)
    return started
