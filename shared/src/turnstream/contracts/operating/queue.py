"""How long the queue of turns is, and how fast it goes."""

from collections.abc import Mapping

from pydantic import Field

from turnstream.contracts.turns import Contract


class TenantQueue(Contract):
    """What waits of one tenant."""

    users: int
    """Users of whom a turn could run now, if a slot were free."""
    age: float
    """Seconds that the first in line of one of them has waited, the longest of all."""


class QueueState(Contract):
    """The queue as the store saw it a moment ago."""

    tenants: Mapping[str, TenantQueue] = Field(default_factory=dict)
    """Those of whom something waits."""
    ended: int = 0
    """Turns that ended within the last `window`."""
    window: float = 30.0
    """Seconds."""

    @property
    def oldest(self) -> float:
        """Seconds that the first in line of any user has waited, the longest of all."""
        return max((each.age for each in self.tenants.values()), default=0.0)

    def wait(self, tenant: str) -> float:
        """Seconds that a turn of a user of this tenant would wait, who has nothing queued.

        Slots are shared by tenants, and in each by its users. A new turn waits until every user of
        its tenant was served once, and each other tenant as often, or until it has no more. How
        many turns a user has queued does not matter.

        The estimate is never more than the longest present wait: a new queue has few ended turns,
        and a stuck one has none.
        """
        if not self.tenants:
            return 0.0
        mine = self.tenants.get(tenant)
        longest = self.oldest if mine is None else mine.age
        if not self.ended:
            return longest
        rounds = 1 if mine is None else mine.users
        before = sum(min(each.users, rounds) for each in self.tenants.values())
        return min(longest, before * self.window / self.ended)
