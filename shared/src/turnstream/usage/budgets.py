"""What the users of a tenant may spend, and in which period: read from the limits of the tenant.

A period is a day or a month by UTC. Its name is the beginning of a date in ISO 8601.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from turnstream.contracts.operating.usage import MICRO_USD
from turnstream.contracts.turns import TurnBudget
from turnstream.errors import BudgetExhausted


class BudgetLimits(Protocol):
    """The settings of the store that say what models may cost. None is no limit."""

    @property
    def user_daily_tokens(self) -> int | None: ...
    @property
    def user_daily_cost(self) -> float | None: ...
    @property
    def user_monthly_tokens(self) -> int | None: ...
    @property
    def user_monthly_cost(self) -> float | None: ...
    @property
    def tenant_monthly_tokens(self) -> int | None: ...
    @property
    def tenant_monthly_cost(self) -> float | None: ...
    @property
    def turn_max_tokens(self) -> int | None: ...
    @property
    def turn_max_cost(self) -> float | None: ...
    @property
    def turn_max_tool_calls(self) -> int | None: ...
    @property
    def turn_max_time(self) -> timedelta | None: ...


class Period(NamedTuple):
    """A day or a month."""

    name: str
    """`2026-11-29` or `2026-11`."""
    since: datetime
    until: datetime


class Budget(NamedTuple):
    """What somebody may use in a period. None is no limit."""

    owner: str
    """A user, or empty for all of the tenant."""
    period: Period
    tokens: int | None
    cost: int | None
    """Micro-USD."""

    def exceeded_by(self, tokens: int, cost: int) -> bool:
        """True where so much is more than the budget."""
        return _more(tokens, self.tokens) or _more(cost, self.cost)

    def is_used_up_by(self, tokens: int, cost: int) -> bool:
        """True where nothing is left after so much."""
        return self.exceeded_by(tokens + 1, cost + 1)


def day_of(moment: datetime) -> Period:
    """The day of a moment."""
    since = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(since.strftime("%Y-%m-%d"), since, since + timedelta(days=1))


def month_of(moment: datetime) -> Period:
    """The month of a moment."""
    since = day_of(moment).since.replace(day=1)
    next_month = (since + timedelta(days=31)).replace(day=1)
    return Period(since.strftime("%Y-%m"), since, next_month)


def has_budgets(settings: BudgetLimits) -> bool:
    """Whether a period budget is set. If not, acceptances check none and calls reserve nothing."""
    return any(
        limit is not None
        for limit in (
            settings.user_daily_tokens,
            settings.user_daily_cost,
            settings.user_monthly_tokens,
            settings.user_monthly_cost,
            settings.tenant_monthly_tokens,
            settings.tenant_monthly_cost,
        )
    )


def budgets_of(settings: BudgetLimits, user: str, moment: datetime) -> list[Budget]:
    """The budgets that a model call of a user's counts for, in the order of their locks."""
    day, month, each = day_of(moment), month_of(moment), settings
    budgets = (
        Budget("", month, each.tenant_monthly_tokens, _micro(each.tenant_monthly_cost)),
        Budget(user, month, each.user_monthly_tokens, _micro(each.user_monthly_cost)),
        Budget(user, day, each.user_daily_tokens, _micro(each.user_daily_cost)),
    )
    return [each for each in budgets if each.tokens is not None or each.cost is not None]


def budget_of_turn(settings: BudgetLimits) -> TurnBudget | None:
    """What a worker has to know; None where nothing is limited."""
    budget = TurnBudget(
        max_tokens=settings.turn_max_tokens,
        max_cost=_micro(settings.turn_max_cost),
        max_tool_calls=settings.turn_max_tool_calls,
        max_time=settings.turn_max_time,
        reserves=has_budgets(settings),
    )
    return None if budget == TurnBudget() else budget


def exhausted(budgets: Sequence[Budget], now: datetime) -> BudgetExhausted:
    """The refusal: whose budget it is, and when the last of them is renewed."""
    last = max(budgets, key=lambda each: each.period.until)
    whose = "The user's" if last.owner else "The tenant's"
    renewed = last.period.until.isoformat(timespec="minutes")
    wait = (last.period.until - now).total_seconds()
    detail = f"{whose} budget for {last.period.name} is used up. It is renewed at {renewed}."
    failure = BudgetExhausted(detail, retry_after=wait)
    each = "daily" if len(last.period.name) > len("2026-11") else "monthly"
    failure.limit = f"{'user' if last.owner else 'tenant'}_{each}"
    return failure


def _micro(usd: float | None) -> int | None:
    return None if usd is None else round(usd * MICRO_USD)


def _more(used: int, limit: int | None) -> bool:
    return limit is not None and used > limit
