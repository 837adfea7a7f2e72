"""Queries on usage: what is spent, what is set aside, and sums."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus
from turnstream.contracts.usage import (
    ReserveOutsideTurn,
    ReserveUsage,
    UsageBy,
    UsageQuery,
)

from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage.budgets import Budget
from turnstream_store.usage.tables import ReservationRow, SpendingRow, UsageRow

_now = sa.func.now()
_DAYS_OF_SPENDING = timedelta(days=62)
"""How long sums of periods are kept: the longest period and another one."""
_SETTLING = timedelta(hours=1)
"""After this time a reservation whose attempt is over is deleted. It counts for nothing before."""

_day = sa.func.to_char(sa.func.timezone("UTC", col(UsageRow.created_at)), "YYYY-MM-DD")
_GROUPS: dict[UsageBy, sa.ColumnElement[str]] = {
    UsageBy.DAY: _day.label("day"),
    UsageBy.USER: col(UsageRow.owner).label("user"),
    UsageBy.MODEL: col(UsageRow.model).label("model"),
    UsageBy.AGENT: col(UsageRow.agent).label("agent"),
    UsageBy.THREAD: col(UsageRow.thread_id).label("thread_id"),
}
_SUMMED = (
    "played_back",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)


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
    names = ["tenant", "owner", "period", "tokens", "cost"]
    query = postgresql.insert(SpendingRow).from_select(names, so_far).on_conflict_do_nothing()
    await session.exec(query)


async def reserved(
    session: AsyncSession, owner: Owner, turn_id: str, key: str
) -> dict[str, tuple[int, int]]:
    """Tokens and micro-USD that other calls under way may use: of the user, and of all (`""`)."""
    mine = col(ReservationRow.owner) == owner.user
    tokens, cost = sa.func.sum(ReservationRow.tokens), sa.func.sum(ReservationRow.cost)
    four = (tokens.filter(mine), cost.filter(mine), tokens, cost)
    query = (
        sa.select(*(sa.func.coalesce(each, 0) for each in four))
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
    row = (await (await session.connection()).execute(query)).one()
    return {owner.user: (int(row[0]), int(row[1])), "": (int(row[2]), int(row[3]))}


async def reserve(
    session: AsyncSession, owner: Owner, turn_id: str, command: ReserveUsage | ReserveOutsideTurn
) -> None:
    """Set aside what a call may use, in place of what its key had set aside before."""
    held: dict[str, Any] = {"tokens": command.tokens, "cost": command.cost or 0}
    if isinstance(command, ReserveUsage):
        held["attempt"] = command.attempt
    else:
        held |= {"attempt": 0, "lasts_until": _now + command.lasts}
    named = {"turn_id": turn_id, "key": command.key, "tenant": owner.tenant, "owner": owner.user}
    query = postgresql.insert(ReservationRow).values({**named, **held})
    await session.exec(
        query.on_conflict_do_update(
            index_elements=["turn_id", "key"],
            set_=held,
            where=sa.and_(
                col(ReservationRow.tenant) == owner.tenant, col(ReservationRow.owner) == owner.user
            ),
        )
    )


async def sums(
    session: AsyncSession, wanted: UsageQuery, tenant: str | None, user: str | None
) -> Sequence[dict[str, Any]]:
    """A page of sums, and one more if others follow. `tenant` and `user` are None for all."""
    groups = [_GROUPS[each] for each in dict.fromkeys(wanted.by)]
    named = [col(UsageRow.tenant).label("tenant"), *groups]
    count, cost = sa.func.count(), col(UsageRow.cost)
    query = sa.select(
        *named,
        count.label("calls"),
        count.filter(col(UsageRow.estimated)).label("estimated"),
        count.filter(cost.is_(None)).label("unpriced"),
        sa.func.coalesce(sa.func.sum(cost), 0).label("cost"),
        *(sa.func.sum(getattr(UsageRow, each)).label(each) for each in _SUMMED),
    ).where(col(UsageRow.created_at) >= wanted.since, col(UsageRow.created_at) < wanted.until)
    if tenant is not None:
        query = query.where(col(UsageRow.tenant) == tenant)
    if user is not None:
        query = query.where(col(UsageRow.owner) == user)
    order = sorted(named, key=lambda each: each.name != "day")
    query = query.group_by(*named).order_by(*order).offset(wanted.after).limit(wanted.limit + 1)
    return [dict(row) for row in (await (await session.connection()).execute(query)).mappings()]


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
    over = over.where(col(ReservationRow.created_at) < _now - _SETTLING, ~runs).limit(limit)
    reservations = (await session.exec(delete(ReservationRow).where(held.in_(over)))).rowcount
    return max(periods, reservations)
