"""Queries on emails."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import SendEmail

from turnstream_store.database.owners import owned_by
from turnstream_store.guide_data.tables import EmailRow
from turnstream_store.holds.queries import is_held

PAGE = 200
"""Emails of one owner that are listed at most: the newest ones."""

_newest_first = (col(EmailRow.created_at).desc(), col(EmailRow.id).desc())


async def load(session: AsyncSession, owner: Owner, email_id: str) -> EmailRow | None:
    """An email of the owner's."""
    query = select(EmailRow).where(EmailRow.id == email_id, *owned_by(EmailRow, owner))
    return (await session.exec(query)).one_or_none()


async def add(session: AsyncSession, owner: Owner, email: SendEmail) -> None:
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


async def newest(session: AsyncSession, owner: Owner) -> Sequence[EmailRow]:
    """The owner's emails, newest first."""
    query = select(EmailRow).where(*owned_by(EmailRow, owner)).order_by(*_newest_first)
    return (await session.exec(query.limit(PAGE))).all()


async def newest_of_all(
    session: AsyncSession, since: datetime | None, limit: int
) -> Sequence[EmailRow]:
    """Everybody's emails, newest first; those since a moment, if one is given."""
    query = select(EmailRow).order_by(*_newest_first).limit(limit)
    if since is not None:
        query = query.where(EmailRow.created_at >= since)
    return (await session.exec(query)).all()


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete emails that are older than the retention; how many were deleted. Those on legal hold
    stay.
    """
    is_old = col(EmailRow.created_at) < sa.func.now() - retention
    old = select(EmailRow.id).where(is_old, ~is_held(EmailRow))
    query = delete(EmailRow).where(col(EmailRow.id).in_(old.limit(limit)))
    return (await session.exec(query)).rowcount
