"""The outbox over HTTP."""

from typing import Any

from fastapi import APIRouter
from turnstream.contracts.store_api import Email, SendEmail
from turnstream.errors import NotFound

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.guide_data import emails as outbox

router = APIRouter(prefix="/outbox", tags=["outbox"])


@router.get("")
async def list_emails(owner: Owner, parts: Parts) -> list[Email]:
    """The owner's emails, newest first."""
    async with parts.database.transaction() as connection:
        rows = await outbox.newest(connection, owner)
    return [_email(row) for row in rows]


@router.post("")
async def add_email(owner: Owner, email: SendEmail, parts: Parts) -> Email:
    """Add an email, once per id."""
    async with parts.database.transaction() as connection:
        row = await outbox.add(connection, owner, email)
    if row is None:
        raise NotFound(f"There is no email {email.id}.")
    return _email(row)


def _email(row: Any) -> Email:
    return Email.model_validate(row, from_attributes=True)
