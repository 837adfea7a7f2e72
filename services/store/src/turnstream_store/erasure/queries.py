"""Queries of erasures. Each transaction takes a few rows of one user's and holds nobody else's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import ErasureState
from turnstream.contracts.owner import Owner

from turnstream_store.database.owners import owned_by
from turnstream_store.erasure.registry import (
    FILES,
    REGISTRY,
    SESSIONS,
    TOOL_CALLS,
    TURNS,
    OwnedTable,
)
from turnstream_store.erasure.tables import ErasureRow
from turnstream_store.files.tables import FileRow
from turnstream_store.identity.tables import SessionRow
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.tables import ACTIVE, TurnRow

_LOCK = 2
"""Seed of the advisory lock on a user's name. The trigger `not_while_erased` and the audit take it
too."""
_SCAN_TIMEOUT = "5min"
"""The timeout of the second pass, which reads whole tables and locks nothing."""
_now = sa.func.now()


class RequestedErasure(NamedTuple):
    """An erasure, and when it was requested."""

    requested_at: datetime
    erasure_id: str


async def lock_owner(session: AsyncSession, owner: Owner, *, shared: bool = False) -> None:
    """Wait until nobody is adding something of the user's, and let nobody begin until we commit.

    `shared`: others may take it the same way.
    """
    name = sa.func.hashtextextended("/".join(owner), _LOCK)
    take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
    await session.exec(select(take(name)))


async def is_blocked(session: AsyncSession, owner: Owner) -> bool:
    """True while an erasure of the user is under way."""
    return await under_way(session, owner) is not None


async def begin(
    session: AsyncSession, owner: Owner, erasure_id: str, names: tuple[str, str]
) -> ErasureRow:
    """An erasure, with the pseudonym and the digest that are kept of the name."""
    pseudonym, subject = names
    values = {
        ErasureRow.id: erasure_id,
        ErasureRow.tenant: owner.tenant,
        ErasureRow.owner: owner.user,
        ErasureRow.pseudonym: pseudonym,
        ErasureRow.subject: subject,
        ErasureRow.state: ErasureState.ERASING,
        ErasureRow.counts: {},
        ErasureRow.logs: {},
    }
    added = insert(ErasureRow).values(values).returning(ErasureRow)
    row: ErasureRow = (await session.exec(added)).scalar_one()
    return row


async def under_way(session: AsyncSession, owner: Owner) -> ErasureRow | None:
    """The user's erasure that is not done."""
    unfinished = col(ErasureRow.finished_at).is_(None)
    query = select(ErasureRow).where(*owned_by(ErasureRow, owner), unfinished)
    return (await session.exec(query)).one_or_none()


async def newest(session: AsyncSession, tenant: str, subjects: Sequence[str]) -> ErasureRow | None:
    """The newest erasure of whom one of these digests names."""
    query = select(ErasureRow).where(
        ErasureRow.tenant == tenant, col(ErasureRow.subject).in_(subjects)
    )
    newest_first = col(ErasureRow.requested_at).desc()
    return (await session.exec(query.order_by(newest_first).limit(1))).first()


async def to_do(
    session: AsyncSession, after: RequestedErasure | None, limit: int
) -> Sequence[ErasureRow]:
    """Erasures that are not proven, the oldest first; with `after`, those after it."""
    sort_key = (col(ErasureRow.requested_at), col(ErasureRow.id))
    query = select(ErasureRow).where(col(ErasureRow.proven_at).is_(None))
    if after is not None:
        query = query.where(sa.tuple_(*sort_key) > sa.tuple_(*map(sa.literal, after)))
    return (await session.exec(query.order_by(*sort_key).limit(limit))).all()


async def take(session: AsyncSession, tenant: str, erasure_id: str) -> ErasureRow | None:
    """An erasure, for as long as the transaction; None while another store works on it."""
    query = select(ErasureRow).where(ErasureRow.id == erasure_id, ErasureRow.tenant == tenant)
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


async def active_turns(session: AsyncSession, owner: Owner, limit: int) -> Sequence[TurnRow]:
    """Turns of the user's that run or wait, locked."""
    query = select(TurnRow).where(*owned_by(TurnRow, owner), col(TurnRow.status).in_(ACTIVE))
    return (await session.exec(query.limit(limit).with_for_update())).all()


async def recent_turns(
    session: AsyncSession, owner: Owner, lately: timedelta
) -> Sequence[tuple[str, int]]:
    """The id and attempt of turns of the user's that ended no longer ago than this."""
    query = select(TurnRow.id, TurnRow.attempt).where(
        TURNS.found_for(owner), col(TurnRow.ended_at) > _now - lately
    )
    return (await session.exec(query)).all()


async def last_lease(
    session: AsyncSession, owner: Owner, rows: Sequence[TurnRow]
) -> datetime | None:
    """When the last lease on these turns, or on a tool call of the user's, will have ended."""
    runs = sa.and_(TOOL_CALLS.found_for(owner), col(ToolCallRow.result).is_(None))
    tools = (await session.exec(select(sa.func.max(ToolCallRow.lease_until)).where(runs))).one()
    ends = [tools, *(row.lease_until for row in rows)]
    return max((each for each in ends if each is not None), default=None)


async def remove(session: AsyncSession, owned: OwnedTable, owner: Owner, limit: int) -> int:
    """Delete up to so many rows of the user's; how many were deleted."""
    some = owned.keys(owned.found_for(owner)).limit(limit)
    return (await session.exec(sa.delete(owned.table).where(owned.key.in_(some)))).rowcount


async def rename(
    session: AsyncSession, owned: OwnedTable, owner: Owner, pseudonym: str, limit: int
) -> int:
    """Put the pseudonym in place of the user in up to so many rows; how many were changed."""
    some = owned.keys(owned.named(owner)).limit(limit)
    changed = sa.update(owned.table).where(owned.key.in_(some))
    changed = changed.values({owned.owner: pseudonym})
    return (await session.exec(changed)).rowcount


async def remove_sessions(session: AsyncSession, owner: Owner, limit: int) -> Sequence[str]:
    """Delete sessions of the user's; their ids."""
    some = select(SessionRow.id).where(SESSIONS.found_for(owner)).limit(limit)
    gone = delete(SessionRow).where(col(SessionRow.id).in_(some))
    return (await session.exec(gone.returning(col(SessionRow.id)))).scalars().all()


async def files(session: AsyncSession, owner: Owner, limit: int) -> Sequence[FileRow]:
    """Files of the user's."""
    return (await session.exec(select(FileRow).where(FILES.found_for(owner)).limit(limit))).all()


async def remove_files(session: AsyncSession, owner: Owner, keys: Sequence[str]) -> None:
    """Forget files of the user's whose bytes are gone."""
    named = col(FileRow.key).in_(keys)
    await session.exec(delete(FileRow).where(*owned_by(FileRow, owner), named))


async def disown_files(
    session: AsyncSession, owner: Owner, keys: Sequence[str], new: tuple[str, timedelta]
) -> None:
    """Give files whose bytes may still come to a pseudonym, to be deleted after a while."""
    pseudonym, soon = new
    values = {FileRow.owner: pseudonym, FileRow.thread_id: None, FileRow.keep_until: _now + soon}
    named = col(FileRow.key).in_(keys)
    await session.exec(update(FileRow).where(*owned_by(FileRow, owner), named).values(values))


async def count(session: AsyncSession, owner: Owner) -> dict[str, int]:
    """How many rows a user has, by table, as far as indexes lead there."""
    return {owned.name: await _count(session, owned, owned.found_for(owner)) for owned in REGISTRY}


async def count_in(session: AsyncSession, owned: OwnedTable, owner: Owner) -> int:
    """How many rows of one table a user has."""
    return await _count(session, owned, owned.found_for(owner))


async def count_named(session: AsyncSession, owner: Owner) -> dict[str, int]:
    """How many rows of each table name a user. It reads the tables whole, and trusts no index.

    The erasure itself is the one row that may be left: it forgets the name at its end.
    """
    await session.exec(select(sa.func.set_config("statement_timeout", _SCAN_TIMEOUT, True)))
    return {
        owned.name: await _count(session, owned, owned.named(owner))
        for owned in REGISTRY
        if owned.row is not ErasureRow
    }


async def is_quiet(session: AsyncSession, erasure_id: str) -> bool:
    """True when whatever ran for the user has lost its lease."""
    query = select(col(ErasureRow.quiet_at) <= _now).where(ErasureRow.id == erasure_id)
    return bool((await session.exec(query)).one())


async def finish(session: AsyncSession, row: ErasureRow, left: dict[str, int]) -> None:
    """Forget the name: the erasure is done, and its user no longer blocked."""
    values = {
        ErasureRow.owner: row.pseudonym,
        ErasureRow.state: ErasureState.ERASED,
        ErasureRow.finished_at: _now,
        ErasureRow.left: left,
        ErasureRow.logs: {},
    }
    await session.exec(update(ErasureRow).where(_is(row)).values(values))


async def prove(session: AsyncSession, row: ErasureRow) -> None:
    """Note that nothing is left."""
    values = {ErasureRow.state: ErasureState.PROVEN, ErasureRow.proven_at: _now}
    await session.exec(update(ErasureRow).where(_is(row)).values(values))


def _is(row: ErasureRow) -> sa.ColumnElement[bool]:
    return sa.and_(col(ErasureRow.id) == row.id, col(ErasureRow.tenant) == row.tenant)


async def _count(
    session: AsyncSession, owned: OwnedTable, condition: sa.ColumnElement[bool]
) -> int:
    query = sa.select(sa.func.count()).select_from(owned.table).where(condition)
    return int((await session.exec(query)).scalar_one())  # type: ignore[call-overload]  # a Core select
