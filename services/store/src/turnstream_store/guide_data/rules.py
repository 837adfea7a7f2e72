"""Facts and emails: each is added once per id, and belongs to its owner."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Email, Fact, OwnedEmail, SaveFact, SendEmail
from turnstream.errors import NotFound, Unprocessable

from turnstream_store.guide_data import queries
from turnstream_store.guide_data.tables import FactRow

FACTS_LIMIT = 1000
"""Facts that one user may keep. The newest 200 are listed."""


async def list_facts(session: AsyncSession, owner: Owner) -> list[Fact]:
    """The owner's facts, newest first."""
    return [_fact(row) for row in await queries.newest_facts(session, owner)]


async def add_fact(session: AsyncSession, owner: Owner, fact: SaveFact) -> Fact:
    """Add a fact, once per id.

    Raises `NotFound` when the id is somebody else's, and `Unprocessable` when there are too many.
    """
    if not await queries.has_room_for_fact(session, owner, FACTS_LIMIT):
        raise Unprocessable(f"A user keeps {FACTS_LIMIT} facts. Discard some first.")
    await queries.add_fact(session, owner, fact)
    return _fact(await _load_fact(session, owner, fact.id))


async def set_fact_status(session: AsyncSession, owner: Owner, fact_id: str, status: str) -> Fact:
    """Change the status of a fact of the owner's. Raises `NotFound`."""
    row = await _load_fact(session, owner, fact_id)
    row.status = status
    return _fact(row)


async def discard_fact(session: AsyncSession, owner: Owner, fact_id: str) -> Fact:
    """Delete what a fact of the owner's says. Raises `NotFound`.

    Its id stays for a while: a tool call that is made again must not bring it back.
    """
    row = await _load_fact(session, owner, fact_id)
    row.text, row.status, row.thread_id = "", "discarded", None
    return _fact(row)


async def list_emails(session: AsyncSession, owner: Owner) -> list[Email]:
    """The owner's emails, newest first."""
    rows = await queries.newest_emails(session, owner)
    return [Email.model_validate(row, from_attributes=True) for row in rows]


async def list_all_emails(
    session: AsyncSession, since: datetime | None, limit: int
) -> list[OwnedEmail]:
    """Everybody's emails, newest first, for an operator."""
    rows = await queries.newest_emails_of_all(session, since, limit)
    return [OwnedEmail.model_validate(row, from_attributes=True) for row in rows]


async def add_email(session: AsyncSession, owner: Owner, email: SendEmail) -> Email:
    """Add an email, once per id. Raises `NotFound` when the id is somebody else's."""
    await queries.add_email(session, owner, email)
    row = await queries.load_email(session, owner, email.id)
    if row is None:
        raise NotFound(f"There is no email {email.id}.")
    return Email.model_validate(row, from_attributes=True)


async def _load_fact(session: AsyncSession, owner: Owner, fact_id: str) -> FactRow:
    row = await queries.load_fact(session, owner, fact_id)
    if row is None:
        raise NotFound(f"There is no fact {fact_id}.")
    return row


def _fact(row: FactRow) -> Fact:
    return Fact(
        id=row.id,
        text=row.text,
        status=row.status,
        thread_id=row.thread_id,
        created_at=row.created_at,
    )
