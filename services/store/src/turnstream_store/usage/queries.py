"""Queries on usage: what is spent, what is set aside, and sums."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select
from turnstream.contracts.operating.usage import (
    ReserveOutsideTurn,
    ReserveUsage,
    UsageGrouping,
    UsageQuery,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus
from turnstream.usage.budgets import Budget

from turnstream_store.database.owners import owned_by
from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage.tables import ReservationRow, SpendingRow, UsageRow

_now = sa.func.now()
_DAYS_OF_SPENDING = timedelta(days=62)
"""How long sums of periods are kept: the longest period and another one."""
_RESERVATION_LIFETIME = timedelta(hours=1)
"""The time after which a reservation whose attempt is over is deleted. It counts for nothing
before."""

_day = sa.func.to_char(sa.func.timezone("UTC", col(UsageRow.created_at)), "YYYY-MM-DD")
_GROUPS: dict[UsageGrouping, sa.Label[str]] = {
    UsageGrouping.DAY: _day.label("day"),
    UsageGrouping.USER: col(UsageRow.owner).label("user"),
    UsageGrouping.MODEL: col(UsageRow.model).label("model"),
    UsageGrouping.AGENT: col(UsageRow.agent).label("agent"),
    UsageGrouping.THREAD: col(UsageRow.thread_id).label("thread_id"),
}
"""The columns, in the order of `SummedUsage`."""
_SUMMED = (
    col(UsageRow.played_back),
    col(UsageRow.input_tokens),
    col(UsageRow.cached_input_tokens),
    col(UsageRow.output_tokens),
    col(UsageRow.reasoning_tokens),
    col(UsageRow.audio_input_tokens),
    col(UsageRow.audio_output_tokens),
)


class SummedUsage(NamedTuple):
    """Calls of models that have something in common: what nobody asked for is None."""

    tenant: str
    day: str | None
    user: str | None
    model: str | None
    agent: str | None
    thread_id: str | None
    calls: int
    estimated: int
    unpriced: int
    cost: int
    """Micro-USD."""
    played_back: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int


async def moment(session: AsyncSession) -> datetime:
    """When the transaction began, by the clock of the database."""
    return (await session.exec(select(_now))).one()


async def lock_turn(session: AsyncSession, owner: Owner, turn_id: str, attempt: int) -> bool:
    """Keep a running turn from ending until the transaction does; False if it does not run so."""
    query = (
        select(TurnRow.id)
        .where(
            TurnRow.id == turn_id,
            TurnRow.attempt == attempt,
            TurnRow.tenant == owner.tenant,
            TurnRow.owner == owner.user,
            TurnRow.status == TurnStatus.RUNNING,
        )
        .with_for_update(read=True)
    )
    return (await session.exec(query)).one_or_none() is not None


async def spent(
    session: AsyncSession, tenant: str, budgets: Sequence[Budget], *, lock: bool = False
) -> dict[tuple[str, str], tuple[int, int]]:
    """Tokens and micro-USD by user and period. What nobody has reserved for is not there.

    Rows are locked in one order, which is that of `counting_sql`.
    """
    query = (
        select(SpendingRow)
        .where(
            SpendingRow.tenant == tenant,
            sa.tuple_(col(SpendingRow.owner), col(SpendingRow.period)).in_(
                [(each.owner, each.period.name) for each in budgets]
            ),
        )
        .order_by(col(SpendingRow.owner), col(SpendingRow.period))
    )
    rows = (await session.exec(query.with_for_update() if lock else query)).all()
    return {(row.owner, row.period): (row.tokens, row.cost) for row in rows}


async def begin_period(session: AsyncSession, tenant: str, budget: Budget) -> None:
    """Begin to add up a period, with what was used in it so far."""
    used = sa.and_(
        col(UsageRow.tenant) == tenant,
        col(UsageRow.created_at) >= budget.period.since,
        sa.true() if budget.owner == "" else col(UsageRow.owner) == budget.owner,
    )
    tokens = sa.func.sum(col(UsageRow.input_tokens) + col(UsageRow.output_tokens))
    so_far = sa.select(
        sa.literal(tenant),
        sa.literal(budget.owner),
        sa.literal(budget.period.name),
        sa.func.coalesce(tokens, 0),
        sa.func.coalesce(sa.func.sum(col(UsageRow.cost)), 0),
    ).where(used)
    columns = [
        col(SpendingRow.tenant),
        col(SpendingRow.owner),
        col(SpendingRow.period),
        col(SpendingRow.tokens),
        col(SpendingRow.cost),
    ]
    query = postgresql.insert(SpendingRow).from_select(columns, so_far).on_conflict_do_nothing()
    await session.exec(query)


async def reserved(
    session: AsyncSession, owner: Owner, turn_id: str, key: str
) -> dict[str, tuple[int, int]]:
    """Tokens and micro-USD that other calls under way may use: of the user, and of all (`""`)."""
    mine = col(ReservationRow.owner) == owner.user
    tokens, cost = sa.func.sum(ReservationRow.tokens), sa.func.sum(ReservationRow.cost)
    query = (
        select(
            sa.func.coalesce(tokens.filter(mine), 0),
            sa.func.coalesce(cost.filter(mine), 0),
            sa.func.coalesce(tokens, 0),
            sa.func.coalesce(cost, 0),
        )
        .outerjoin(
            TurnRow,
            sa.and_(
                col(TurnRow.id) == ReservationRow.turn_id,
                col(TurnRow.tenant) == owner.tenant,
                col(TurnRow.status) == TurnStatus.RUNNING,
                col(TurnRow.attempt) == ReservationRow.attempt,
            ),
        )
        .where(
            col(ReservationRow.tenant) == owner.tenant,
            sa.or_(col(TurnRow.id).is_not(None), col(ReservationRow.lasts_until) > _now),
            sa.or_(col(ReservationRow.turn_id) != turn_id, col(ReservationRow.key) != key),
        )
    )
    own_tokens, own_cost, all_tokens, all_cost = (await session.exec(query)).one()
    return {owner.user: (int(own_tokens), int(own_cost)), "": (int(all_tokens), int(all_cost))}


async def reserve(
    session: AsyncSession, owner: Owner, turn_id: str, command: ReserveUsage | ReserveOutsideTurn
) -> None:
    """Set aside what a call may use, in place of what its key had set aside before."""
    attempt, lasts_until = 0, None
    if isinstance(command, ReserveUsage):
        attempt = command.attempt
    else:
        lasts_until = _now + command.lasts
    query = postgresql.insert(ReservationRow).values(
        {
            ReservationRow.turn_id: turn_id,
            ReservationRow.key: command.key,
            ReservationRow.tenant: owner.tenant,
            ReservationRow.owner: owner.user,
            ReservationRow.attempt: attempt,
            ReservationRow.tokens: command.tokens,
            ReservationRow.cost: command.cost or 0,
            ReservationRow.lasts_until: lasts_until,
        }
    )
    await session.exec(
        query.on_conflict_do_update(
            index_elements=[col(ReservationRow.turn_id), col(ReservationRow.key)],
            set_={
                col(ReservationRow.attempt): query.excluded.attempt,
                col(ReservationRow.tokens): query.excluded.tokens,
                col(ReservationRow.cost): query.excluded.cost,
                col(ReservationRow.lasts_until): query.excluded.lasts_until,
            },
            where=sa.and_(*owned_by(ReservationRow, owner)),
        )
    )


async def sums(
    session: AsyncSession, wanted: UsageQuery, tenant: str | None, user: str | None
) -> Sequence[SummedUsage]:
    """A page of sums, and one more if others follow. `tenant` and `user` are None for all."""
    groups = [_GROUPS[each] for each in dict.fromkeys(wanted.by)]
    named = [col(UsageRow.tenant).label("tenant"), *groups]
    count, cost = sa.func.count(), col(UsageRow.cost)
    query: Select[*tuple[object, ...]] = Select(
        col(UsageRow.tenant).label("tenant"),
        *(_GROUPS[each] if each in wanted.by else sa.null() for each in _GROUPS),
        count,
        count.filter(col(UsageRow.estimated)),
        count.filter(cost.is_(None)),
        sa.func.coalesce(sa.func.sum(cost), 0),
        *(sa.func.sum(each) for each in _SUMMED),
    ).where(col(UsageRow.created_at) >= wanted.since, col(UsageRow.created_at) < wanted.until)
    if tenant is not None:
        query = query.where(col(UsageRow.tenant) == tenant)
    if user is not None:
        query = query.where(col(UsageRow.owner) == user)
    order = sorted(named, key=lambda each: each.name != "day")
    query = query.group_by(*named).order_by(*order).offset(wanted.after).limit(wanted.limit + 1)
    return [SummedUsage._make(row) for row in (await session.exec(query)).all()]


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete model calls that are older; how many were deleted."""
    named = sa.tuple_(col(UsageRow.turn_id), col(UsageRow.key))
    old = select(UsageRow.turn_id, UsageRow.key)
    old = old.where(col(UsageRow.created_at) < _now - retention).limit(limit)
    return (await session.exec(delete(UsageRow).where(named.in_(old)))).rowcount


async def purge_periods(session: AsyncSession, limit: int) -> int:
    """Delete sums of past periods, and reservations of attempts that are over; how many of each
    at most `limit`.
    """
    last = sa.func.to_char(sa.func.timezone("UTC", _now) - _DAYS_OF_SPENDING, "YYYY-MM-DD")
    past = sa.tuple_(col(SpendingRow.tenant), col(SpendingRow.owner), col(SpendingRow.period))
    old = select(SpendingRow.tenant, SpendingRow.owner, SpendingRow.period)
    old = old.where(col(SpendingRow.period) < last).limit(limit)
    periods = (await session.exec(delete(SpendingRow).where(past.in_(old)))).rowcount
    runs = sa.exists().where(
        col(TurnRow.id) == ReservationRow.turn_id,
        col(TurnRow.attempt) == ReservationRow.attempt,
        col(TurnRow.status) == TurnStatus.RUNNING,
    )
    held = sa.tuple_(col(ReservationRow.turn_id), col(ReservationRow.key))
    over = select(ReservationRow.turn_id, ReservationRow.key)
    over = over.where(col(ReservationRow.created_at) < _now - _RESERVATION_LIFETIME, ~runs).limit(
        limit
    )
    reservations = (await session.exec(delete(ReservationRow).where(held.in_(over)))).rowcount
    return max(periods, reservations)
