"""`POST /chatkit`: the one endpoint a ChatKit frontend talks to."""

from typing import Any

from chatkit.types import is_streaming_req
from fastapi import APIRouter, Request, Response

from gateway.accept import accept_turn, answer
from gateway.context import busy_policy, context_of, idempotency_key_of, is_resumable
from gateway.following import Viewer
from gateway.openapi import CHATKIT_OPERATION
from gateway.requests import check_attachments, parse, read_body, to_json
from gateway.short import answer_short
from gateway.state import Base, Parts, Renew, Renewal, State, User
from gateway.streaming import TurnResponse

router = APIRouter(tags=["chatkit"])


@router.post("/chatkit", openapi_extra=CHATKIT_OPERATION, response_class=Response)
async def post_chatkit(
    request: Request, user: User, parts: Parts, renew: Renewal, base: Base
) -> Response:
    """Answer a ChatKit request: six types with a stream of events, ten with a document."""
    parsed = parse(await read_body(request, parts.settings.max_body))
    if is_streaming_req(parsed):
        return await _stream(request, user, parts, parsed, renew)
    context = context_of(request, user, parsed.metadata, parts.settings)
    document = await answer_short(parts, parsed, context, base)
    return Response(renew(document), media_type="application/json")


async def _stream(request: Request, user: str, parts: State, parsed: Any, renew: Renew) -> Response:
    check_attachments(parsed, parts.settings.max_attachments)
    accepted, watch = await accept_turn(
        parts.client,
        parts.hub,
        to_json(parsed),
        context_of(request, user, parsed.metadata, parts.settings),
        idempotency_key_of(request),
        busy_policy(request, parts.settings),
    )
    heartbeat = parts.settings.heartbeat.total_seconds()
    viewer = Viewer(user, accepted.turn_id, is_resumable(request), heartbeat)
    stream = answer(parts.relay, accepted, viewer, watch)
    return TurnResponse(stream, watch, viewer, parts, renew)
