"""Turns beside ChatKit's own protocol: resume, stop, look up."""

from enum import IntEnum
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Response
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.turns import CancelReason, TurnView
from turnstream.errors import BadRequest, NotFound
from turnstream.redis.client import RedisError
from turnstream.redis.event_log import MalformedPosition, Position
from turnstream.tracing.context import tell

from turnstream_gateway.relay.metrics import RESUMES
from turnstream_gateway.relay.streams.prose import wants_prose
from turnstream_gateway.relay.streams.response import TurnResponse
from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.routes.dependencies import (
    CurrentPrincipal,
    Renewal,
    Services,
    UserOfThread,
    UserOfTurn,
    counted,
    user_of,
)

router = APIRouter(tags=["turns"])
_READ = counted(RequestKind.READ)


class ActiveTurn(TurnView):
    """The active turn of a thread, with the newest position in its log, if there is a log."""

    position: str | None


class FollowRequest(NamedTuple):
    """The position from which a viewer follows a turn, and the form that it reads."""

    after: Position | None
    """The position after which events are wanted; None for all of them."""
    reads_prose: bool


async def _follow_request(
    after: Annotated[str | None, Query(description="Position of the last event received.")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
    accept: Annotated[str | None, Header(description="`text/plain` for prose.")] = None,
) -> FollowRequest:
    # A browser that reconnects asks the same address again: its header is newer than its query.
    text = last_event_id if last_event_id is not None else after
    try:
        return FollowRequest(Position.parse(text) if text else None, wants_prose(accept))
    except MalformedPosition as error:
        raise BadRequest("A position has the form <attempt>-<seq>.") from error


Following = Annotated[FollowRequest, Depends(_follow_request)]


class IdleStatus(IntEnum):
    """The status of an answer about a thread in which nothing runs."""

    NO_CONTENT = 204
    NOT_FOUND = 404


WhenIdle = Annotated[
    IdleStatus,
    Query(description="The status when nothing runs: a browser prints a 404 as an error."),
]

OrFailed = Annotated[
    bool,
    Query(description="Where nothing runs, answer with the newest turn if that one failed."),
]


@router.get("/turns/{turn_id}/events", response_class=Response, dependencies=[_READ])
async def follow(
    turn_id: str,
    principal: CurrentPrincipal,
    services: Services,
    renew: Renewal,
    following: Following,
) -> Response:
    """A turn's events after a position, live until its end; all of them without one."""
    user = user_of(principal)
    with services.streams.opening(user) as opened:
        tell(tenant=principal.tenant, turn_id=turn_id)
        await services.session_rules.check_turn(principal, turn_id)
        turn = await services.store.turns.show(user, turn_id, present=True)
        tell(thread_id=turn.thread_id)
        heartbeat = services.settings.heartbeat.total_seconds()
        viewer = Viewer(
            user,
            turn_id,
            resumable=True,
            heartbeat=heartbeat,
            renew=renew,
            credential_ids=principal.credential_ids,
            reads_prose=following.reads_prose,
        )
        if following.after is not None:
            RESUMES.inc()
        listener = services.hub.listen(turn_id)
        chunks = services.relay.follow(viewer, listener, following.after)
        return TurnResponse(viewer, listener, chunks, services.viewers, opened)


@router.post("/turns/{turn_id}/cancel", dependencies=[counted(RequestKind.STOP)])
async def cancel(turn_id: str, user: UserOfTurn, services: Services) -> TurnView:
    """Stop a turn, wherever it is. Stopping it again, or after its end, changes nothing."""
    return await services.store.turns.cancel(user, turn_id, CancelReason.STOP)


@router.get("/turns/{turn_id}", dependencies=[_READ])
async def show(turn_id: str, user: UserOfTurn, services: Services) -> TurnView:
    """A turn's status, times and error."""
    return await services.store.turns.show(user, turn_id)


@router.get(
    "/threads/{thread_id}/turn",
    dependencies=[_READ],
    response_model=ActiveTurn,
    responses={204: {"description": "Nothing runs."}},
)
async def active(
    thread_id: str,
    user: UserOfThread,
    services: Services,
    when_idle: WhenIdle = IdleStatus.NOT_FOUND,
    or_failed: OrFailed = False,
) -> ActiveTurn | Response:
    """The thread's active turn and the newest position in its log; 404 when nothing runs."""
    try:
        turn = await services.store.turns.active(user, thread_id, or_failed=or_failed)
    except NotFound:
        if when_idle is IdleStatus.NOT_FOUND:
            raise
        return Response(status_code=when_idle)
    try:
        newest = await services.event_log.newest(turn.turn_id)
    except (RedisError, OSError):
        newest = None
    position = str(newest) if newest is not None else None
    return ActiveTurn(**turn.model_dump(), position=position)
