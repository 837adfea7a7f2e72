"""Queries on turns of every tenant: for the sweeper, and for operators.

They find rows, or change those that nobody else works on. What is then done for one of them is done
for its owner, with the queries beside this file.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from turnstream.contracts.operating.operations import AttemptOutcome
from turnstream.contracts.turns import TurnStatus

from turnstream_store.database.columns import constant
from turnstream_store.holds.queries import is_held
from turnstream_store.identity.queries import own_retention
from turnstream_store.identity.tables import TenantRow
from turnstream_store.tool_calls.tables import ToolCallRow
from turnstream_store.turns.kept_attempts import ended
from turnstream_store.turns.tables import ACTIVE, JournalRow, TurnRow

_now = sa.func.now()
_is_active = col(TurnRow.status).in_(ACTIVE)
_queued = constant(TurnStatus.QUEUED.value)
"""No parameter, so that every plan may use the indexes of queued turns."""


class LostJob(NamedTuple):
    """A turn whose job is to be published again."""

    turn_id: str
    tenant: str
    attempt: int
    opening: str


class LostClient(NamedTuple):
    """A turn whose plain client is gone, and until when it could have come back."""

    disconnected_until: datetime
    turn_id: str


class EndedTurn(NamedTuple):
    """A turn that ended, and when."""

    ended_at: datetime
    turn_id: str


async def find(session: AsyncSession, turn_id: str, *, lock: bool = False) -> TurnRow | None:
    """A turn, no matter whose it is."""
    query = select(TurnRow).where(TurnRow.id == turn_id)
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).one_or_none()


async def expire(session: AsyncSession, limit: int) -> Sequence[TurnRow]:
    """Give running turns whose lease has passed back to the queue; each counts as a failure.

    `lease_until` stays, so that the next claim knows since when nobody has run the turn.
    """
    lost = (
        select(TurnRow.id)
        .where(TurnRow.status == TurnStatus.RUNNING, col(TurnRow.lease_until) < _now)
        .order_by(col(TurnRow.lease_until))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(TurnRow)
        .where(col(TurnRow.id).in_(_found_once(lost)))
        .values(
            {
                TurnRow.status: TurnStatus.QUEUED,
                TurnRow.failures: col(TurnRow.failures) + 1,
                TurnRow.worker: None,
                TurnRow.not_before: _now,
                TurnRow.published_at: _now,
                TurnRow.attempts: ended(AttemptOutcome.LEASE_LOST),
            }
        )
    )
    return (await session.exec(query.returning(TurnRow))).scalars().all()


async def republish(session: AsyncSession, silence: timedelta, limit: int) -> list[LostJob]:
    """Queued turns that may run, whose job no worker took within `silence`; marked as published.

    Those that are claimed first come first.
    """
    mine, other = aliased(TurnRow), aliased(TurnRow)
    is_behind = sa.exists().where(
        col(other.thread_id) == mine.thread_id,
        col(other.position) < mine.position,
        col(other.status).in_(ACTIVE),
    )
    silent = (
        select(mine.id)
        .where(
            col(mine.status) == _queued,
            ~col(mine.held_back),
            col(mine.cancel).is_(None),
            col(mine.not_before) <= _now,
            col(mine.published_at) < _now - silence,
            ~is_behind,
        )
        .order_by(col(mine.tenant_round), col(mine.user_round), col(mine.position))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(TurnRow)
        .where(col(TurnRow.id).in_(_found_once(silent)))
        .values({TurnRow.published_at: _now})
    )
    columns = (col(TurnRow.id), col(TurnRow.tenant), col(TurnRow.attempt), col(TurnRow.opening))
    found = (await session.exec(query.returning(*columns))).all()
    return [LostJob(*row) for row in found]


async def abandoned(
    session: AsyncSession, max_failures: int, after: str, limit: int
) -> Sequence[TurnRow]:
    """Queued turns that no worker may run any more: out of attempts, or cancelled in between.

    In the order of their ids, after a given one.
    """
    # Implied by what follows it: the condition of the index `turns_to_close`, in its words.
    has_failed = sa.or_(col(TurnRow.cancel).is_not(None), col(TurnRow.failures) > constant(0))
    is_over = sa.or_(col(TurnRow.failures) >= max_failures, col(TurnRow.cancel).is_not(None))
    query = select(TurnRow).where(col(TurnRow.status) == _queued, has_failed, is_over)
    query = query.where(col(TurnRow.id) > after).order_by(col(TurnRow.id))
    return (await session.exec(query.limit(limit))).all()


async def disconnected(
    session: AsyncSession, after: LostClient | None, limit: int
) -> Sequence[TurnRow]:
    """Active turns whose plain client has been gone for longer than the grace period.

    First those that were lost first; with `after`, those after it.
    """
    sort_key = (col(TurnRow.disconnected_until), col(TurnRow.id))
    query = select(TurnRow).where(_is_active, col(TurnRow.disconnected_until) < _now)
    if after is not None:
        query = query.where(sa.tuple_(*sort_key) > sa.tuple_(*map(sa.literal, after)))
    return (await session.exec(query.order_by(*sort_key).limit(limit))).all()


async def dead_letters(session: AsyncSession, limit: int) -> Sequence[TurnRow]:
    """Dead letters, newest first."""
    query = select(TurnRow).where(TurnRow.dead).order_by(col(TurnRow.ended_at).desc())
    return (await session.exec(query.limit(limit))).all()


async def failed(
    session: AsyncSession, since: datetime | None, code: str | None, limit: int
) -> Sequence[TurnRow]:
    """Failed turns, newest first."""
    query = select(TurnRow).where(*_failed(since, code)).order_by(col(TurnRow.ended_at).desc())
    return (await session.exec(query.limit(limit))).all()


async def count_failed(
    session: AsyncSession, since: datetime | None, code: str | None
) -> dict[str, int]:
    """How many turns failed with each code, the most frequent first."""
    count = sa.func.count()
    query = select(_code, count).where(*_failed(since, code)).group_by(_code)
    return dict((await session.exec(query.order_by(count.desc(), _code))).all())


async def ended_within(
    session: AsyncSession, age: timedelta, after: EndedTurn | None, limit: int
) -> Sequence[EndedTurn]:
    """Turns that ended lately, first those that ended first; with `after`, those after it."""
    sort_key = sa.tuple_(col(TurnRow.ended_at), col(TurnRow.id))
    ended_at = sa.type_coerce(col(TurnRow.ended_at), sa.DateTime(timezone=True))
    query = select(ended_at, TurnRow.id).where(col(TurnRow.ended_at) > _now - age)
    if after is not None:
        query = query.where(sort_key > sa.tuple_(*map(sa.literal, after)))
    query = query.order_by(col(TurnRow.ended_at), col(TurnRow.id)).limit(limit)
    return [EndedTurn(*row) for row in await session.exec(query)]


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete turns that ended longer ago than the retention; how many were deleted.

    A tenant that keeps its threads longer keeps its turns as long, and one on legal hold all.
    """
    longest = sa.func.greatest(retention, own_retention)  # NULL, of most tenants, is left out
    old = (
        select(TurnRow.id)
        .outerjoin(TenantRow, col(TenantRow.tenant) == TurnRow.tenant)
        .where(col(TurnRow.ended_at) < _now - retention)
        .where(col(TurnRow.ended_at) < _now - longest, ~is_held(TurnRow))
        .limit(limit)
        .with_for_update(of=TurnRow, skip_locked=True)  # another store deletes others
    )
    query = delete(TurnRow).where(col(TurnRow.id).in_(_found_once(old)))
    return (await session.exec(query)).rowcount


async def forget_journals(session: AsyncSession, limit: int) -> int:
    """Delete the journals and ledgers of turns for which they were kept long enough, but of none
    that is on legal hold; how many turns.
    """
    over = (
        select(TurnRow.id)
        .where(col(TurnRow.journal_until) < _now, ~is_held(TurnRow))
        .order_by(col(TurnRow.journal_until))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = update(TurnRow).where(col(TurnRow.id).in_(_found_once(over)))
    query = query.values({TurnRow.journal_until: None})
    turns = (await session.exec(query.returning(col(TurnRow.id)))).scalars().all()
    for table in (JournalRow, ToolCallRow):
        await session.exec(delete(table).where(col(table.turn_id).in_(turns)))
    return len(turns)


_code: sa.ColumnElement[str] = sa.func.coalesce(
    sa.cast(col(TurnRow.error), sa.JSON)["code"].as_string(), "unknown"
)


def _failed(since: datetime | None, code: str | None) -> list[sa.ColumnElement[bool]]:
    conditions = [col(TurnRow.status) == TurnStatus.FAILED]
    if since is not None:
        conditions.append(col(TurnRow.ended_at) >= since)
    if code is not None:
        conditions.append(_code == code)
    return conditions


def _found_once(rows: SelectOfScalar[str]) -> Select[tuple[str]]:
    """The ids of rows that are locked with SKIP LOCKED, found once and not for each row of the
    table: looked for again, they would be others, and more than the limit.
    """
    return sa.select(rows.cte("found"))
