"""What may still be spent, and what was."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.usage import (
    MICRO_USD,
    ReserveOutsideTurn,
    ReserveUsage,
    UsagePage,
    UsageQuery,
    UsageSum,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import AcceptTurn
from turnstream.usage.budgets import budgets_of, exhausted

from turnstream_store.fencing import checked
from turnstream_store.settings import StoreSettings
from turnstream_store.turns import queries as turns
from turnstream_store.usage import queries as usage


async def reserve(
    session: AsyncSession,
    owner: Owner,
    turn_id: str,
    command: ReserveUsage,
    settings: StoreSettings,
) -> None:
    """Set aside what a model call may use. Raises `BudgetExhausted` where that is not left, and
    `Fenced` for a superseded attempt.

    The rows that add up the periods are locked until the transaction ends. So of two reservations
    for one budget the later one sees what the earlier has set aside; and a call is counted before
    or after both, never in between. Each is locked after the turn, and in one order. What a turn
    has set aside counts while that attempt runs: nothing has to be given back by a process that
    dies.
    """
    held = await usage.lock_turn(session, owner, turn_id, command.attempt)
    checked(held, turn_id)
    await _set_aside(session, owner, turn_id, command, settings)


async def reserve_outside_turn(
    session: AsyncSession, owner: Owner, command: ReserveOutsideTurn, settings: StoreSettings
) -> None:
    """The same for a call outside any turn, which locks no turn, and counts for a time."""
    await _set_aside(session, owner, "", command, settings)


async def _set_aside(
    session: AsyncSession,
    owner: Owner,
    turn_id: str,
    command: ReserveUsage | ReserveOutsideTurn,
    settings: StoreSettings,
) -> None:
    now = await usage.moment(session)
    budgets = budgets_of(settings, owner.user, now)
    if not budgets:
        return
    spent = await usage.spent(session, owner.tenant, budgets, lock=True)
    if len(spent) < len(budgets):
        for budget in budgets:
            await usage.begin_period(session, owner.tenant, budget)
        spent = await usage.spent(session, owner.tenant, budgets, lock=True)
    reserved = await usage.reserved(session, owner, turn_id, command.key)
    exceeded = []
    for budget in budgets:
        tokens, cost = spent[budget.owner, budget.period.name]
        others = reserved[budget.owner]
        wanted = command.tokens + others[0], (command.cost or 0) + others[1]
        if budget.exceeded_by(tokens + wanted[0], cost + wanted[1]):
            exceeded.append(budget)
    if exceeded:
        raise exhausted(exceeded, now)
    await usage.reserve(session, owner, turn_id, command)


async def check_left(session: AsyncSession, command: AcceptTurn, settings: StoreSettings) -> None:
    """Refuse a new turn where a budget is used up already. Raises `BudgetExhausted`.

    A turn that was accepted before is not new. Where nobody has a budget (`has_budgets`) this need
    not be asked.
    """
    owner = command.context.owner
    now = await usage.moment(session)
    budgets = budgets_of(settings, owner.user, now)
    spent = await usage.spent(session, owner.tenant, budgets)
    used_up = [
        each
        for each in budgets
        if each.is_used_up_by(*spent.get((each.owner, each.period.name), (0, 0)))
    ]
    if not used_up:
        return
    key = command.idempotency_key
    if await turns.accepted_earlier(session, owner, command.turn_id, key) is None:
        raise exhausted(used_up, now)


async def page(
    session: AsyncSession, wanted: UsageQuery, tenant: str | None, user: str | None
) -> UsagePage:
    """Sums of usage: of a user, of a tenant (`user` is None), or of everybody."""
    rows = await usage.sums(session, wanted, tenant, user)
    shown = [_sum(row) for row in rows[: wanted.limit]]
    more = len(rows) > wanted.limit
    return UsagePage(data=shown, after=wanted.after + len(shown) if more else None)


def _sum(row: usage.SummedUsage) -> UsageSum:
    return UsageSum.model_validate(row._asdict() | {"cost": int(row.cost) / MICRO_USD})
