"""The audit as operators read it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.privacy import AuditEntry, AuditPage

from turnstream_store.audit import queries
from turnstream_store.audit.tables import AuditRow


async def list_entries(
    session: AsyncSession, since: datetime | None, action: str | None, limit: int
) -> AuditPage:
    """What was done, newest first."""
    rows = await queries.newest(session, since, action, limit)
    return AuditPage(data=[_entry(row) for row in rows])


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        tenant=row.tenant,
        user=row.owner,
        actor=row.actor,
        actor_kind=row.actor_kind,
        action=row.action,
        target=row.target,
        detail=row.detail,
    )
