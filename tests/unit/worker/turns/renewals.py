"""A store that renews leases as a test says."""

import time

from turnstream.contracts.turns import CancelReason, RenewedLeases, RenewLeases
from turnstream.errors import Unavailable
from turnstream.testing import Limits, MemoryStore
from turnstream.testing.memory.state import State
from turnstream.testing.memory.turns.lifecycle import MemoryTurns


class RenewingStore(MemoryStore):
    """Renews any lease, of turns that nobody has accepted too, for any number of clients."""

    def __init__(self, *lost: str) -> None:
        super().__init__()
        self.turns = _Renewals(self)
        self.asked: list[RenewLeases] = []
        self.at: list[float] = []
        """When each was asked, by the monotonic clock."""
        self.lost = {*lost}
        """Turns that another worker has."""
        self.cancelled: dict[str, CancelReason] = {}
        self.away = False

    def blocked(self) -> list[dict[str, str]]:
        """What it was told of a blocked worker, call by call."""
        told = [{each.turn_id: each.blocked for each in command.turns} for command in self.asked]
        return [each for each in told if any(each.values())]


class _Renewals(MemoryTurns):
    def __init__(self, store: RenewingStore) -> None:
        super().__init__(State(Limits()))
        self._store = store

    async def renew(self, command: RenewLeases) -> RenewedLeases:
        store = self._store
        store.at.append(time.monotonic())
        store.asked.append(command)
        if store.away:
            raise Unavailable
        held = [each.turn_id for each in command.turns if each.turn_id not in store.lost]
        return RenewedLeases(held=held, cancelled=store.cancelled)
