"""A user's own schedules: messages that are sent for them at certain times."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ConfigDict
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.schedules import CreateSchedule, Schedule, ScheduleTerms
from turnstream.errors import Forbidden, MessageTooLong
from turnstream.http.problems import problem_responses

from turnstream_gateway.admission.headers import IdempotencyKey
from turnstream_gateway.routes.dependencies import (
    CurrentPrincipal,
    Services,
    actor_of,
    counted,
    read_model,
    user_of,
)

router = APIRouter(
    prefix="/schedules",
    tags=["schedules"],
    responses=problem_responses(
        {
            401: "No usable user.",
            403: "It is a session that asks, or a key without a user.",
            503: "Try again after `Retry-After`.",
        }
    ),
)

MOST = 1000
"""Schedules of a list; `MAX_SCHEDULES_PER_USER` is far below that."""


class NewSchedule(ScheduleTerms):
    """A schedule as a user asks for it. What is not known is refused: it may be a time misspelt."""

    model_config = ConfigDict(extra="forbid")


async def _owner(principal: CurrentPrincipal) -> Owner:
    """Raises `Forbidden` for a session, whose limits and end a schedule would leave behind."""
    if principal.session_id is not None:
        raise Forbidden("A session ends, and a schedule does not: its server can make one.")
    return user_of(principal)


async def _new(request: Request) -> NewSchedule:
    return await read_model(request, NewSchedule)


OwnerOfSchedules = Annotated[Owner, Depends(_owner)]
Body = Annotated[NewSchedule, Depends(_new)]
Key = Annotated[
    IdempotencyKey | None,
    Header(alias="Idempotency-Key", description="The same key and user give the same schedule."),
]


@router.post(
    "",
    status_code=201,
    dependencies=[counted(RequestKind.CALL)],
    responses=problem_responses(
        {
            400: "Not such a body.",
            404: "There is no such thread of this user.",
            413: "The message is too long.",
            422: "A time that may not be, or more schedules than the user or the tenant may have.",
        }
    ),
)
async def create_schedule(
    user: OwnerOfSchedules,
    principal: CurrentPrincipal,
    body: Body,
    services: Services,
    key: Key = None,
) -> Schedule:
    """Send a message for the user, once or again and again. With an `Idempotency-Key` the same
    request makes one schedule, however often it comes.
    """
    longest = services.settings.max_message
    if len(body.message) > longest:
        raise MessageTooLong(f"A message may hold {longest} characters (MAX_MESSAGE).")
    command = CreateSchedule(id=_id(user, key), **dict(body))
    return await services.store.schedules.create(user, command, actor_of(principal))


@router.get("", dependencies=[counted(RequestKind.READ)])
async def list_schedules(user: OwnerOfSchedules, services: Services) -> dict[str, list[Schedule]]:
    """The user's schedules, paused and past ones too, newest first."""
    return {"schedules": await services.store.schedules.newest(user, MOST)}


@router.delete(
    "/{schedule_id}",
    status_code=204,
    dependencies=[counted(RequestKind.CALL)],
    responses=problem_responses({404: "There is no such schedule of this user."}),
)
async def delete_schedule(
    schedule_id: str, user: OwnerOfSchedules, principal: CurrentPrincipal, services: Services
) -> None:
    """Delete a schedule. Turns that it started stay."""
    await services.store.schedules.delete(user, schedule_id, actor_of(principal))


def _id(user: Owner, key: str | None) -> str:
    """The id of a schedule: by the key, one that nobody but this user can hit."""
    if key is None:
        return new_id("sch")
    whole = f"{user.tenant}\0{user.user}\0{key}"
    return f"sch_{hashlib.sha256(whole.encode()).hexdigest()[:40]}"
