"""Schedules of a user over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from turnstream.contracts.schedules import CreateSchedule, Occurrence, Schedule

from turnstream_store import dependencies as needs
from turnstream_store.schedules import rules
from turnstream_store.schedules.tables import ScheduleRow

router = APIRouter(prefix="/schedules", tags=["operator"])

Limit = Annotated[int, Query(ge=1, le=1000)]


async def _locked(schedule_id: str, owner: needs.Owner, session: needs.Session) -> ScheduleRow:
    return await rules.locked(session, owner, schedule_id)


Locked = Annotated[ScheduleRow, Depends(_locked)]
"""The schedule that a request names, locked until its transaction ends."""


@router.post("")
async def create(
    command: CreateSchedule,
    owner: needs.Owner,
    session: needs.Session,
    services: needs.Services,
    actor: needs.CurrentActor,
) -> Schedule:
    """Send a message at certain times on behalf of a user."""
    return await rules.create(session, owner, command, services.settings, actor)


@router.get("")
async def listing(owner: needs.Owner, session: needs.Session, limit: Limit = 100) -> list[Schedule]:
    """Schedules of a user, newest first."""
    return await rules.list_schedules(session, owner, limit)


@router.post("/{schedule_id}/pause")
async def pause(row: Locked, session: needs.Session, actor: needs.CurrentActor) -> Schedule:
    """Let it happen no more until it is resumed."""
    return await rules.pause(session, row, actor)


@router.post("/{schedule_id}/resume")
async def resume(row: Locked, session: needs.Session, actor: needs.CurrentActor) -> Schedule:
    """Let it happen again."""
    return await rules.resume(session, row, actor)


@router.delete("/{schedule_id}", status_code=204)
async def delete(row: Locked, session: needs.Session, actor: needs.CurrentActor) -> None:
    """Forget it. Turns that it led to stay."""
    await rules.delete(session, row, actor)


@router.get("/{schedule_id}/occurrences")
async def occurrences(
    schedule_id: str, owner: needs.Owner, session: needs.Session, limit: Limit = 100
) -> list[Occurrence]:
    """What it led to, newest first."""
    return await rules.list_occurrences(session, owner, schedule_id, limit)
