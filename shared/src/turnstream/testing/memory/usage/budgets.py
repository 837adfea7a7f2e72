"""Budgets in memory: what is spent and set aside, against what may be."""

from datetime import datetime

from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus
from turnstream.testing.memory.records import ModelCall, Reservation
from turnstream.testing.memory.state import State
from turnstream.usage.budgets import Budget, budgets_of, exhausted

_Key = tuple[str, str]
"""A turn, or an empty text, and a call of it."""


def check_left(state: State, owner: Owner) -> None:
    """Raise `BudgetExhausted` where a budget of the owner's is used up."""
    now = state.now()
    used_up = [
        each
        for each in budgets_of(state.limits_of(owner.tenant), owner.user, now)
        if each.is_used_up_by(*_spent(state, owner, each))
    ]
    if used_up:
        raise exhausted(used_up, now)


def set_aside(state: State, key: _Key, wanted: Reservation) -> None:
    """Keep a reservation, in place of what its key had before. Raises `BudgetExhausted`."""
    owner, now = wanted.owner, state.now()
    exceeded = []
    for budget in budgets_of(state.limits_of(owner.tenant), owner.user, now):
        tokens, cost = _spent(state, owner, budget)
        for other, held in state.reservations.items():
            if other != key and _counts(held, budget, owner) and _lasts(state, other, held, now):
                tokens, cost = tokens + held.tokens, cost + held.cost
        if budget.exceeded_by(tokens + wanted.tokens, cost + wanted.cost):
            exceeded.append(budget)
    if exceeded:
        raise exhausted(exceeded, now)
    state.reservations[key] = wanted


def _spent(state: State, owner: Owner, budget: Budget) -> tuple[int, int]:
    """Tokens and micro-USD of the calls that count for a budget."""
    calls = [
        each.usage
        for each in state.model_calls.values()
        if _counts(each, budget, owner)
        and budget.period.since <= each.created_at < budget.period.until
    ]
    return sum(each.tokens for each in calls), sum(each.cost or 0 for each in calls)


def _counts(each: ModelCall | Reservation, budget: Budget, owner: Owner) -> bool:
    return each.owner.tenant == owner.tenant and budget.owner in ("", each.owner.user)


def _lasts(state: State, key: _Key, held: Reservation, now: datetime) -> bool:
    if held.lasts_until is not None:
        return held.lasts_until > now
    turn = state.turns.get(key[0])
    return turn is not None and (turn.attempt, turn.status) == (held.attempt, TurnStatus.RUNNING)
