"""Attachment metadata over HTTP."""

import orjson
from fastapi import APIRouter, Response
from turnstream.contracts.store_api import StoredAttachment
from turnstream.errors import NotFound

from store.database import transaction
from store.repositories import attachments
from store.state import Owner, Parts

router = APIRouter(prefix="/attachments", tags=["attachments"])


@router.put("", status_code=204)
async def save(owner: Owner, attachment: StoredAttachment, parts: Parts) -> None:
    """Add or replace an attachment of the owner's."""
    full, public = orjson.loads(attachment.payload), orjson.loads(attachment.public)
    async with transaction(parts.engine) as connection:
        await attachments.save(connection, owner, attachment.attachment_id, full, public)


@router.get("/{attachment_id}")
async def load(attachment_id: str, owner: Owner, parts: Parts) -> Response:
    """An attachment in full, for an assistant."""
    async with transaction(parts.engine) as connection:
        row = await attachments.load(connection, owner, attachment_id)
    if row is None:
        raise NotFound(f"There is no attachment {attachment_id}.")
    return Response(row.payload, media_type="application/json")


@router.delete("/{attachment_id}", status_code=204)
async def delete(attachment_id: str, owner: Owner, parts: Parts) -> None:
    """Forget an attachment of the owner's."""
    async with transaction(parts.engine) as connection:
        if not await attachments.delete(connection, owner, attachment_id):
            raise NotFound(f"There is no attachment {attachment_id}.")
