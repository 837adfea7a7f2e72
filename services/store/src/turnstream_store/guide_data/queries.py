"""Queries on facts and emails."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import SaveFact, SendEmail

from turnstream_store.database.owners import owned_by
from turnstream_store.guide_data.tables import EmailRow, FactRow
from turnstream_store.holds.queries import is_held

PAGE = 200
"""Facts or emails of one owner that are listed at most: the newest ones."""


async def load_fact(session: AsyncSession, owner: Owner, fact_id: str) -> FactRow | None:
    """A fact of the owner's."""
    query = select(FactRow).where(FactRow.id == fact_id, *owned_by(FactRow, owner))
    return (await session.exec(query)).one_or_none()


async def has_room_for_fact(session: AsyncSession, owner: Owner, limit: int) -> bool:
    """True when the owner has fewer facts than the limit."""
    query = select(FactRow.id).where(*owned_by(FactRow, owner)).offset(limit - 1).limit(1)
    return (await session.exec(query)).first() is None


async def add_fact(session: AsyncSession, owner: Owner, fact: SaveFact) -> None:
    """Add a fact; an id that exists changes nothing."""
    statement = insert(FactRow).values(
        {
            FactRow.id: fact.id,
            FactRow.tenant: owner.tenant,
            FactRow.owner: owner.user,
            FactRow.text: fact.text,
            FactRow.status: "pending",
            FactRow.thread_id: fact.thread_id,
        }
    )
    await session.exec(statement.on_conflict_do_nothing(index_elements=[col(FactRow.id)]))


async def newest_facts(session: AsyncSession, owner: Owner) -> Sequence[FactRow]:
    """The owner's facts, newest first, without discarded ones."""
    query = (
        select(FactRow)
        .where(*owned_by(FactRow, owner), FactRow.status != "discarded")
        .order_by(col(FactRow.created_at).desc(), col(FactRow.id).desc())
        .limit(PAGE)
    )
    return (await session.exec(query)).all()


async def purge_discarded_facts(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete facts that were discarded and are older than this; how many were deleted."""
    is_old = col(FactRow.created_at) < sa.func.now() - retention
    old = select(FactRow.id).where(FactRow.status == "discarded", is_old).limit(limit)
    return (await session.exec(delete(FactRow).where(col(FactRow.id).in_(old)))).rowcount


_newest_emails_first = (col(EmailRow.created_at).desc(), col(EmailRow.id).desc())


async def load_email(session: AsyncSession, owner: Owner, email_id: str) -> EmailRow | None:
    """An email of the owner's."""
    query = select(EmailRow).where(EmailRow.id == email_id, *owned_by(EmailRow, owner))
    return (await session.exec(query)).one_or_none()


async def add_email(session: AsyncSession, owner: Owner, email: SendEmail) -> None:
    """Add an email; an id that exists changes nothing."""
    statement = insert(EmailRow).values(
        {
            EmailRow.id: email.id,
            EmailRow.tenant: owner.tenant,
            EmailRow.owner: owner.user,
            EmailRow.recipient: email.recipient,
            EmailRow.subject: email.subject,
            EmailRow.body: email.body,
            EmailRow.thread_id: email.thread_id,
        }
    )
    await session.exec(statement.on_conflict_do_nothing(index_elements=[col(EmailRow.id)]))


async def newest_emails(session: AsyncSession, owner: Owner) -> Sequence[EmailRow]:
    """The owner's emails, newest first."""
    query = select(EmailRow).where(*owned_by(EmailRow, owner)).order_by(*_newest_emails_first)
    return (await session.exec(query.limit(PAGE))).all()


async def newest_emails_of_all(
    session: AsyncSession, since: datetime | None, limit: int
) -> Sequence[EmailRow]:
    """Everybody's emails, newest first; those since a moment, if one is given."""
    query = select(EmailRow).order_by(*_newest_emails_first).limit(limit)
    if since is not None:
        query = query.where(EmailRow.created_at >= since)
    return (await session.exec(query)).all()


async def purge_emails(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete emails that are older than the retention; how many were deleted. Those on legal hold
    stay.
    """
    is_old = col(EmailRow.created_at) < sa.func.now() - retention
    old = select(EmailRow.id).where(is_old, ~is_held(EmailRow))
    query = delete(EmailRow).where(col(EmailRow.id).in_(old.limit(limit)))
    return (await session.exec(query)).rowcount
