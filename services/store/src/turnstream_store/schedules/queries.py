"""Queries on schedules and their occurrences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import CreateSchedule

from turnstream_store.database.owners import owned_by
from turnstream_store.schedules.tables import OccurrenceRow, ScheduleRow

_now = sa.func.now()


class DueSchedule(NamedTuple):
    """A schedule that is due, and since when."""

    next_at: datetime
    schedule_id: str


async def moment(session: AsyncSession) -> datetime:
    """Now, by the database's clock."""
    return (await session.exec(select(_now))).one()


async def lock_tenant(session: AsyncSession, tenant: str) -> None:
    """Let schedules of a tenant be added one at a time, so that their bounds hold."""
    name = sa.func.hashtextextended(f"schedules/{tenant}", 0)
    await session.exec(select(sa.func.pg_advisory_xact_lock(name)))


async def counts(session: AsyncSession, owner: Owner) -> tuple[int, int]:
    """How many schedules the owner has, and how many their tenant."""
    of_user = sa.func.count().filter(col(ScheduleRow.owner) == owner.user)
    query = select(of_user, sa.func.count()).where(ScheduleRow.tenant == owner.tenant)
    return (await session.exec(query)).one()


async def add(
    session: AsyncSession, owner: Owner, command: CreateSchedule, next_at: datetime | None
) -> bool:
    """Keep a schedule; False when there is one with this id, no matter who has it."""
    values = {
        ScheduleRow.id: command.id,
        ScheduleRow.tenant: owner.tenant,
        ScheduleRow.owner: owner.user,
        ScheduleRow.message: command.message,
        ScheduleRow.cron: command.cron,
        ScheduleRow.time_zone: command.time_zone,
        ScheduleRow.run_at: command.run_at,
        ScheduleRow.thread_id: command.thread_id,
        ScheduleRow.catch_up: command.catch_up,
        ScheduleRow.when_busy: command.when_busy,
        ScheduleRow.next_at: next_at,
    }
    query = insert(ScheduleRow).values(values).on_conflict_do_nothing()
    return bool((await session.exec(query)).rowcount)


async def load(
    session: AsyncSession, owner: Owner, schedule_id: str, *, lock: bool = False
) -> ScheduleRow | None:
    """A schedule of the owner's."""
    query = select(ScheduleRow).where(ScheduleRow.id == schedule_id, *owned_by(ScheduleRow, owner))
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def lock_due(session: AsyncSession, owner: Owner, schedule_id: str) -> ScheduleRow | None:
    """A schedule of the owner's that is due, unless another store has it."""
    query = select(ScheduleRow).where(
        ScheduleRow.id == schedule_id, *owned_by(ScheduleRow, owner), *_due()
    )
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


async def due(
    session: AsyncSession, after: DueSchedule | None, limit: int
) -> Sequence[ScheduleRow]:
    """Schedules of everybody that are due, those first that wait longest; with `after`, those
    behind it.
    """
    sort_key = (col(ScheduleRow.next_at), col(ScheduleRow.id))
    query = select(ScheduleRow).where(*_due())
    if after is not None:
        query = query.where(sa.tuple_(*sort_key) > sa.tuple_(*map(sa.literal, after)))
    return (await session.exec(query.order_by(*sort_key).limit(limit))).all()


async def newest(session: AsyncSession, owner: Owner, limit: int) -> Sequence[ScheduleRow]:
    """Schedules of the owner's, newest first."""
    query = select(ScheduleRow).where(*owned_by(ScheduleRow, owner))
    order = (col(ScheduleRow.created_at).desc(), col(ScheduleRow.id).desc())
    return (await session.exec(query.order_by(*order).limit(limit))).all()


async def pause(session: AsyncSession, row: ScheduleRow, since: datetime | None) -> None:
    """Pause a locked schedule; with None, let it go on."""
    values = {ScheduleRow.paused_at: since}
    await session.exec(update(ScheduleRow).where(*_is(row)).values(values))


async def set_next(session: AsyncSession, row: ScheduleRow, next_at: datetime | None) -> None:
    """Note when a locked schedule happens next; None where it is over."""
    values = {ScheduleRow.next_at: next_at}
    await session.exec(update(ScheduleRow).where(*_is(row)).values(values))


async def remove(session: AsyncSession, row: ScheduleRow) -> None:
    """Delete a locked schedule with its occurrences."""
    await session.exec(delete(ScheduleRow).where(*_is(row)))


async def add_occurrence(session: AsyncSession, row: OccurrenceRow) -> bool:
    """Note an occurrence; False when it has happened already."""
    values = {
        OccurrenceRow.schedule_id: row.schedule_id,
        OccurrenceRow.occurs_at: row.occurs_at,
        OccurrenceRow.tenant: row.tenant,
        OccurrenceRow.owner: row.owner,
        OccurrenceRow.happened_at: row.happened_at,
        OccurrenceRow.outcome: row.outcome,
        OccurrenceRow.turn_id: row.turn_id,
        OccurrenceRow.thread_id: row.thread_id,
        OccurrenceRow.error_code: row.error_code,
    }
    query = insert(OccurrenceRow).values(values).on_conflict_do_nothing()
    return bool((await session.exec(query)).rowcount)


async def occurrences(
    session: AsyncSession, owner: Owner, schedule_id: str, limit: int
) -> Sequence[OccurrenceRow]:
    """What a schedule of the owner's led to, newest first."""
    query = select(OccurrenceRow).where(
        OccurrenceRow.schedule_id == schedule_id, *owned_by(OccurrenceRow, owner)
    )
    query = query.order_by(col(OccurrenceRow.occurs_at).desc())
    return (await session.exec(query.limit(limit))).all()


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete occurrences that happened longer ago than the retention; how many there were."""
    key = sa.tuple_(col(OccurrenceRow.schedule_id), col(OccurrenceRow.occurs_at))
    old = (
        select(OccurrenceRow.schedule_id, OccurrenceRow.occurs_at)
        .where(col(OccurrenceRow.happened_at) < _now - retention)
        .limit(limit)
    )
    return (await session.exec(delete(OccurrenceRow).where(key.in_(old)))).rowcount


def _due() -> tuple[sa.ColumnElement[bool], ...]:
    return (col(ScheduleRow.next_at) <= _now, col(ScheduleRow.paused_at).is_(None))


def _is(row: ScheduleRow) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(ScheduleRow.id) == row.id,
        col(ScheduleRow.tenant) == row.tenant,
        col(ScheduleRow.owner) == row.owner,
    )
