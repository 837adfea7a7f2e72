"""How much is measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Tell = Callable[[str], None]
"""Says how far a measurement is."""


@dataclass(frozen=True)
class Plan:
    """The same for all measurements; each takes from it what concerns it."""

    model: Literal["http", "demo"] = "http"
    rounds: int = 5
    turns: int = 30
    """Turns of one client in a round; with more clients each has as many fewer."""
    clients: tuple[int, ...] = (1, 16, 64)
    workers: int = 2
    quick: bool = False
    """Look only whether it runs and about where it is: the figures jump."""

    @classmethod
    def quickly(cls, plan: "Plan") -> "Plan":
        """A first look, in a small part of the time."""
        return replace(plan, rounds=1, turns=10, quick=True)

    def paced(self) -> "Plan":
        """For a model that takes seconds over an answer."""
        clients = (1,) if self.quick else (1, 16)
        return replace(self, rounds=max(1, self.rounds // 2), turns=2, clients=clients)

    def turns_each(self, clients: int) -> int:
        """Turns of each of so many clients."""
        if clients == 1:
            return self.turns
        return max(2, self.turns * 8 // clients)

    @property
    def traffic_turns(self) -> int:
        """Turns over which the traffic to Redis is counted."""
        return 3
