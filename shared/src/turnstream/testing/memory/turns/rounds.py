"""Whose turn it is in memory: tenants take turns by their shares, and so do the users of each."""

from itertools import count

from turnstream.contracts.owner import Owner
from turnstream.testing.memory.records import Turn
from turnstream.testing.memory.state import State


class Rounds:
    """When each tenant and user is to be served. A tenant's rounds lie 1 over its share apart.

    Who was idle has saved nothing up: nobody begins behind the round that is served now.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._now = 0.0
        self._tenants: dict[str, float] = {}
        self._users: dict[Owner, int] = {}
        self._claims = count(1)

    def next_of(self, turn: Turn) -> tuple[float, int]:
        """The place of a turn: the round of its tenant, then when its user was served last."""
        return self._round(turn.owner.tenant), self._users.get(turn.owner, 0)

    def note_served(self, turn: Turn) -> None:
        """A turn was claimed."""
        self._now = self._tenants[turn.owner.tenant] = self._round(turn.owner.tenant)
        self._users[turn.owner] = next(self._claims)

    def _round(self, tenant: str) -> float:
        last = self._tenants.get(tenant)
        if last is None:
            return self._now
        return max(self._now, last + 1 / self._state.limits_of(tenant).tenant_share)
