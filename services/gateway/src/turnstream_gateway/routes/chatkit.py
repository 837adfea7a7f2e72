"""`POST /chatkit`: the one endpoint a ChatKit frontend talks to."""

from typing import Any

from chatkit.types import is_streaming_req
from fastapi import APIRouter, Request, Response
from turnstream.contracts.ids import new_id
from turnstream.contracts.turns import AcceptTurn
from turnstream.http.hot_route import HotRoute
from turnstream.redis.event_log import OPENING

from turnstream_gateway.admission.accept import accept_turn
from turnstream_gateway.admission.request_context import (
    busy_policy,
    context_of,
    idempotency_key_of,
    is_resumable,
)
from turnstream_gateway.admission.requests import check_attachments, parse, read_body, to_json
from turnstream_gateway.documents import answer_short
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.openapi import CHATKIT_OPERATION
from turnstream_gateway.relay.response import TurnResponse
from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.state import Parts, State, address, renewal

router = APIRouter(tags=["chatkit"], route_class=HotRoute)


@router.post("/chatkit", openapi_extra=CHATKIT_OPERATION, response_class=Response)
async def post_chatkit(request: Request, parts: Parts) -> Response:
    """Answer a ChatKit request: six types with a stream of events, ten with a document."""
    user = await authenticate(request)
    parsed = parse(await read_body(request, parts.settings.max_body))
    if is_streaming_req(parsed):
        return await _stream(request, user, parts, parsed)
    context = context_of(request, user, parsed.metadata, parts.settings)
    document = await answer_short(parts, parsed, context, address(request, parts))
    return Response(renewal(request, user, parts)(document), media_type="application/json")


async def _stream(request: Request, user: str, parts: State, parsed: Any) -> Response:
    check_attachments(parsed, parts.settings.max_attachments)
    turn_id = new_id("turn")
    context = context_of(request, user, parsed.metadata, parts.settings, turn_id)
    command = AcceptTurn(
        turn_id=turn_id,
        request=to_json(parsed),
        context=context,
        idempotency_key=idempotency_key_of(request),
        when_busy=busy_policy(request, parts.settings),
    )
    accepted, watch = await accept_turn(parts.client, parts.hub, command)
    heartbeat = parts.settings.heartbeat.total_seconds()
    viewer = Viewer(user, accepted.turn_id, is_resumable(request), heartbeat)
    renew = renewal(request, user, parts)
    return TurnResponse(parts, viewer, watch, OPENING, renew, accepted.opening.encode())
