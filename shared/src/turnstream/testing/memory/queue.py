"""The queue of turns in memory."""

from datetime import timedelta

from turnstream.contracts.operating.queue import QueueState, TenantQueue
from turnstream.contracts.owner import Owner
from turnstream.store_client.queue import Queue
from turnstream.testing.memory.state import State

_WINDOW = timedelta(seconds=30)
"""The time over which the store counts ends, too."""


class MemoryQueue(Queue):
    """The queue at this moment."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def state(self) -> QueueState:
        state, now = self._state, self._state.now()
        state.pass_time()
        waited: dict[Owner, float] = {}
        for turn in state.turns.values():
            if state.may_run(turn) and state.has_place(turn):
                since = max(turn.accepted_at, turn.not_before)
                waited.setdefault(turn.owner, (now - since).total_seconds())
        by_tenant: dict[str, list[float]] = {}
        for owner, seconds in waited.items():
            by_tenant.setdefault(owner.tenant, []).append(seconds)
        ends = [turn.ended_at for turn in state.turns.values() if turn.ended_at is not None]
        return QueueState(
            tenants={
                name: TenantQueue(users=len(ages), age=max(ages))
                for name, ages in by_tenant.items()
            },
            ended=sum(now - each < _WINDOW for each in ends) if waited else 0,
            window=_WINDOW.total_seconds(),
        )
