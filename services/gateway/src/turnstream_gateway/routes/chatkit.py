"""`POST /chatkit`: the one endpoint a ChatKit frontend talks to."""

from chatkit.types import is_streaming_req
from fastapi import APIRouter, Request, Response
from turnstream.logs import context
from turnstream.redis.event_log import OPENING

from turnstream_gateway.admission.accept import accept_turn
from turnstream_gateway.admission.incoming import IncomingRequest
from turnstream_gateway.files.renewal import Renew
from turnstream_gateway.http.arrival import arrived
from turnstream_gateway.openapi import CHATKIT_RESPONSES
from turnstream_gateway.relay.streams.prose import wants_prose
from turnstream_gateway.relay.streams.response import TurnResponse
from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.routes.dependencies import Incoming, services_of
from turnstream_gateway.services import GatewayServices

router = APIRouter(tags=["chatkit"])


@router.post("/chatkit", response_class=Response, responses=CHATKIT_RESPONSES)
async def post_chatkit(http: Request, incoming: Incoming) -> Response:
    """Answer a ChatKit request: six types with a stream of events, ten with a document."""
    services = services_of(http)
    request, base_url = incoming.request, incoming.base_url
    renew = services.renewal(incoming.context.owner, base_url)
    thread_id: str | None = getattr(request.params, "thread_id", None)
    context.bind(request_type=request.type, thread_id=thread_id)
    if is_streaming_req(request):
        return await _stream(incoming, services, renew, http)
    limits = incoming.principal.limits
    document = await services.non_streaming.answer(request, incoming.context, base_url, limits)
    return Response(renew(document), media_type="application/json")


async def _stream(
    incoming: IncomingRequest, services: GatewayServices, renew: Renew, http: Request
) -> TurnResponse:
    with services.streams.opening(incoming.context.owner) as opened:
        accepted, listener = await accept_turn(
            services.store, services.hub, services.tenants, services.credentials, incoming
        )
        context.bind(turn_id=accepted.turn_id, thread_id=accepted.thread_id)
        heartbeat = services.settings.heartbeat.total_seconds()
        viewer = Viewer(
            incoming.context.owner,
            accepted.turn_id,
            incoming.resumable,
            heartbeat,
            renew,
            credential_ids=incoming.principal.credential_ids,
            locale=incoming.context.locale,
            reads_prose=wants_prose(http.headers.get("Accept")),
            arrived=arrived(http.scope),
        )
        chunks = services.relay.follow(viewer, listener, OPENING, accepted.opening.encode())
        return TurnResponse(viewer, listener, chunks, services.viewers, opened)
