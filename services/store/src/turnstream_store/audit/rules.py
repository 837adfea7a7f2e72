"""The audit as operators read it."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import AuditEntry, AuditPage
from turnstream.errors import BadRequest

from turnstream_store.audit import queries
from turnstream_store.audit.queries import Cursor
from turnstream_store.audit.tables import AuditRow

_CURSOR = TypeAdapter(Cursor)


async def list_entries(
    session: AsyncSession,
    since: datetime | None,
    action: str | None,
    limit: int,
    after: str | None = None,
) -> AuditPage:
    """What was done, newest first; with `after`, after that page. Raises `BadRequest`."""
    rows, has_more = await queries.page(session, since, action, limit, _read_cursor(after))
    last = Cursor(rows[-1].at, rows[-1].id) if has_more else None
    return AuditPage(
        data=[_entry(row) for row in rows], after=last and _CURSOR.dump_json(last).decode()
    )


def _read_cursor(after: str | None) -> Cursor | None:
    if after is None:
        return None
    try:
        return _CURSOR.validate_json(after)
    except ValidationError as error:
        raise BadRequest("`after` is not what a page of the audit gave.") from error


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
