"""Queries on the audit. Entries are added in raw SQL, since some callers use raw SQL only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import sqlalchemy as sa
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.turns import Json

from turnstream_store.audit.tables import AuditRow
from turnstream_store.database.pages import cut, paged
from turnstream_store.database.statements import Connection, Statement


class AuditEvent(NamedTuple):
    """An entry to add to the audit."""

    action: Action
    actor: Actor
    tenant: str
    user: str | None = None
    target: str = ""
    detail: Json = {}  # noqa: RUF012  # nobody changes it


class WrittenEntry(NamedTuple):
    """An entry that was written."""

    id: str


_ADD = Statement(
    """
    INSERT INTO audit (tenant, id, owner, actor, actor_kind, action, target, detail)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8::text::jsonb
    FROM (
        SELECT pg_advisory_xact_lock_shared(hashtextextended($1::text || '/' || $3::text, 2))
    ) AS until_no_erasure_of_them_ends
    RETURNING id
    """,
    WrittenEntry,
)


async def add(connection: Connection, deed: AuditEvent) -> None:
    """Add an entry in this transaction.

    It shares the erasure lock on the user's name: an erasure ends before this entry, or waits for
    it and finds it. An entry without a user takes no lock, because the name is NULL.
    """
    await _ADD.one(connection, *_values(deed))


async def add_within(session: AsyncSession, deed: AuditEvent) -> None:
    """Add an entry in the transaction of this session."""
    await _ADD.one_within(session, *_values(deed))


class Cursor(NamedTuple):
    """The last entry of a page."""

    at: datetime
    id: str


async def page(
    session: AsyncSession,
    since: datetime | None,
    action: str | None,
    limit: int,
    behind: Cursor | None,
) -> tuple[Sequence[AuditRow], bool]:
    """Entries, newest first, and whether more follow."""
    query = select(AuditRow)
    if since is not None:
        query = query.where(AuditRow.at >= since)
    if action is not None:
        query = query.where(AuditRow.action == action)
    order = (col(AuditRow.at), col(AuditRow.id))
    return cut((await session.exec(paged(query, order, limit, behind))).all(), limit)


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete entries that are older than the retention; how many were deleted."""
    old = select(AuditRow.id).where(col(AuditRow.at) < sa.func.now() - retention)
    query = delete(AuditRow).where(col(AuditRow.id).in_(old.limit(limit)))
    return (await session.exec(query)).rowcount


def _values(deed: AuditEvent) -> tuple[object, ...]:
    actor, detail = deed.actor, orjson.dumps(deed.detail).decode()
    whom = (deed.tenant, new_id("aud"), deed.user)
    return (*whom, actor.id, actor.kind, deed.action, deed.target, detail)
