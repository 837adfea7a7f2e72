"""Sessions: a server makes one for a user and gives its secret to the user's page."""

from fastapi import APIRouter
from turnstream.contracts.ids import new_id
from turnstream.contracts.rates import RequestKind
from turnstream.errors import WorkflowNotFound
from turnstream.secrets.issued import SESSION_PREFIX, digest, new_secret

from turnstream_gateway.hosted.dependencies import Body, MayMint
from turnstream_gateway.hosted.openapi import refusals
from turnstream_gateway.hosted.shapes import Session
from turnstream_gateway.routes.dependencies import Services, actor_of, counted

router = APIRouter(prefix="/sessions", tags=["hosted"], dependencies=[counted(RequestKind.CALL)])

PREFIX = "cksess"


@router.post("", responses=refusals(400, 401, 403, 404, 413, 415, 503))
async def create_session(server: MayMint, body: Body, services: Services) -> Session:
    """Begin a session for a user. Its client secret is told here and nowhere else."""
    known = services.settings.workflows
    if known and body.workflow.id not in known:
        refused = WorkflowNotFound(f"There is no workflow {body.workflow.id}.")
        refused.retryable = False  # nothing is deployed: the name is wrong
        raise refused
    secret = new_secret(SESSION_PREFIX)
    command = body.command(new_id(PREFIX), digest(secret), server.key_id)
    made = await services.store.sessions.create(server.tenant, command)
    return Session.of(made, secret)


@router.post("/{session_id}/cancel", responses=refusals(401, 403, 404, 503))
async def cancel_session(session_id: str, server: MayMint, services: Services) -> Session:
    """End a session: its secret is refused at once, and answers that it streams end."""
    actor = actor_of(server)
    return Session.of(await services.store.sessions.cancel(server.tenant, session_id, actor))
