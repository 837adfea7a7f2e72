"""Attachment metadata over HTTP."""

from fastapi import APIRouter, Response
from turnstream.contracts.store_api import AttachmentUploaded, ReserveAttachment, StoredAttachment

from turnstream_store.dependencies import Owner, Services, Session
from turnstream_store.files import attachment_rules as rules

router = APIRouter(prefix="/attachments", tags=["attachments"])


@router.put("", status_code=204)
async def save(owner: Owner, attachment: StoredAttachment, session: Session) -> None:
    """Add or replace an attachment of the owner's, whose bytes the assistant keeps."""
    await rules.save(session, owner, attachment)


@router.post("", status_code=204)
async def reserve(
    owner: Owner, command: ReserveAttachment, session: Session, services: Services
) -> None:
    """Add an attachment whose bytes are about to come."""
    settings = await services.limits.of(owner.tenant)
    await rules.reserve(session, owner, command, settings)


@router.post("/{attachment_id}/uploaded", status_code=204)
async def uploaded(
    attachment_id: str, owner: Owner, command: AttachmentUploaded, session: Session
) -> None:
    """The bytes of an attachment are kept now."""
    await rules.uploaded(session, owner, attachment_id, command)


@router.get("/{attachment_id}")
async def load(attachment_id: str, owner: Owner, session: Session) -> Response:
    """An attachment in full, for an assistant."""
    document = await rules.load(session, owner, attachment_id)
    return Response(document, media_type="application/json")


@router.delete("/{attachment_id}", status_code=204)
async def delete(attachment_id: str, owner: Owner, session: Session) -> None:
    """Forget an attachment of the owner's."""
    await rules.delete(session, owner, attachment_id)
