"""Attachment metadata over HTTP."""

from fastapi import APIRouter, Response
from turnstream.contracts.store_api import AttachmentUploaded, ReserveAttachment, StoredAttachment
from turnstream.errors import NotFound

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.files import attachment_queries as attachments
from turnstream_store.files import attachments as rules

router = APIRouter(prefix="/attachments", tags=["attachments"])


@router.put("", status_code=204)
async def save(owner: Owner, attachment: StoredAttachment, parts: Parts) -> None:
    """Add or replace an attachment of the owner's, whose bytes the assistant keeps."""
    async with parts.database.transaction() as connection:
        await attachments.save(connection, owner, attachment)


@router.post("", status_code=204)
async def reserve(owner: Owner, command: ReserveAttachment, parts: Parts) -> None:
    """Add an attachment whose bytes are about to come."""
    async with parts.database.transaction() as connection:
        await rules.reserve(connection, owner, command, parts.settings)


@router.post("/{attachment_id}/uploaded", status_code=204)
async def uploaded(
    attachment_id: str, owner: Owner, command: AttachmentUploaded, parts: Parts
) -> None:
    """The bytes of an attachment are kept now."""
    async with parts.database.transaction() as connection:
        await rules.uploaded(connection, owner, attachment_id, command)


@router.get("/{attachment_id}")
async def load(attachment_id: str, owner: Owner, parts: Parts) -> Response:
    """An attachment in full, for an assistant."""
    async with parts.database.transaction() as connection:
        row = await attachments.load(connection, owner, attachment_id)
    if row is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    return Response(row.payload, media_type="application/json")


@router.delete("/{attachment_id}", status_code=204)
async def delete(attachment_id: str, owner: Owner, parts: Parts) -> None:
    """Forget an attachment of the owner's."""
    async with parts.database.transaction() as connection:
        await rules.delete(connection, owner, attachment_id)
