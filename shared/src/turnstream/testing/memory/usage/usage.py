"""What models cost, in memory."""

from collections.abc import Iterable
from itertools import groupby

from turnstream.contracts.operating.usage import (
    MICRO_USD,
    CountOutsideTurn,
    ReserveOutsideTurn,
    ReserveUsage,
    UsageGrouping,
    UsagePage,
    UsageQuery,
    UsageSum,
)
from turnstream.contracts.owner import Owner
from turnstream.store_client.usage import Usage
from turnstream.testing.memory.records import ModelCall, Reservation
from turnstream.testing.memory.state import State
from turnstream.testing.memory.usage.budgets import set_aside

_SUMMED = (
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)


class MemoryUsage(Usage):
    """Sums up the calls that were counted, and keeps to the budgets of `Limits`."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def reserve(self, owner: Owner, turn_id: str, command: ReserveUsage) -> None:
        self._state.running(turn_id, command.attempt, owner)
        cost = command.cost or 0
        wanted = Reservation(owner, command.attempt, command.tokens, cost, None)
        set_aside(self._state, (turn_id, command.key), wanted)

    async def reserve_outside_turn(self, owner: Owner, command: ReserveOutsideTurn) -> None:
        until = self._state.now() + command.lasts
        wanted = Reservation(owner, 0, command.tokens, command.cost or 0, until)
        set_aside(self._state, ("", command.key), wanted)

    async def count_outside_turn(self, owner: Owner, command: CountOutsideTurn) -> None:
        for call in command.usage:
            counted = ModelCall(owner, command.thread_id, call, 0, self._state.now())
            self._state.count(("", call.key), counted)

    async def of_user(self, owner: Owner, wanted: UsageQuery) -> UsagePage:
        return self._page(wanted, owner.tenant, owner.user)

    async def of_tenant(
        self, tenant: str, wanted: UsageQuery, user: str | None = None
    ) -> UsagePage:
        return self._page(wanted, tenant, user)

    async def of_all(
        self, wanted: UsageQuery, tenant: str | None = None, user: str | None = None
    ) -> UsagePage:
        return self._page(wanted, tenant, user)

    def _page(self, wanted: UsageQuery, tenant: str | None, user: str | None) -> UsagePage:
        calls = [
            call
            for call in self._state.model_calls.values()
            if wanted.since <= call.created_at < wanted.until
            and tenant in (None, call.owner.tenant)
            and user in (None, call.owner.user)
        ]
        by = sorted(dict.fromkeys(wanted.by), key=lambda each: each is not UsageGrouping.DAY)

        def group(call: ModelCall) -> tuple[str, ...]:
            values = [_value(call, each) for each in by]
            first = values[:1] if by[:1] == [UsageGrouping.DAY] else []
            return (*first, call.owner.tenant, *values[len(first) :])

        found = [_sum(each, by) for _, each in groupby(sorted(calls, key=group), group)]
        page = found[wanted.after : wanted.after + wanted.limit]
        end = wanted.after + len(page)
        return UsagePage(data=page, after=end if end < len(found) else None)


def _value(call: ModelCall, by: UsageGrouping) -> str:
    match by:
        case UsageGrouping.DAY:
            return f"{call.created_at:%Y-%m-%d}"
        case UsageGrouping.USER:
            return call.owner.user
        case UsageGrouping.MODEL:
            return call.usage.model
        case UsageGrouping.AGENT:
            return call.usage.agent
        case UsageGrouping.THREAD:
            return call.thread_id


def _sum(group: Iterable[ModelCall], by: Iterable[UsageGrouping]) -> UsageSum:
    calls = list(group)
    usages = [call.usage for call in calls]
    named = {
        "thread_id" if each is UsageGrouping.THREAD else each.value: _value(calls[0], each)
        for each in by
    }
    return UsageSum(
        tenant=calls[0].owner.tenant,
        calls=len(calls),
        played_back=sum(call.played_back for call in calls),
        estimated=sum(usage.estimated for usage in usages),
        unpriced=sum(usage.cost is None for usage in usages),
        cost=sum(usage.cost or 0 for usage in usages) / MICRO_USD,
        **{name: sum(getattr(usage, name) for usage in usages) for name in _SUMMED},
        **named,
    )
