"""Exports over HTTP."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from turnstream.contracts.operating.privacy import Action
from turnstream.files.blobs import Blobs

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.dependencies import CurrentActor, Owner, Services, Session
from turnstream_store.export.rules import Archive

router = APIRouter(tags=["operator"])


@router.get("/export", response_class=StreamingResponse)
async def export(
    owner: Owner, session: Session, services: Services, actor: CurrentActor
) -> StreamingResponse:
    """All that a user has, as a zip. The audit knows of it before the first byte is sent."""
    await audit.add_within(
        session, AuditEvent(Action.USER_EXPORTED, actor, owner.tenant, owner.user)
    )
    archive = Archive(services.database, Blobs(services.settings.blobs_url), owner)
    return StreamingResponse(aiter(archive), media_type="application/zip")
