"""How much is measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

Tell = Callable[[str], None]
"""Says how far a measurement is."""


class Crowd(NamedTuple):
    """Clients that talk at the same time, each one turn after another."""

    clients: int
    pause: float = 0.0
    """Seconds that each waits between the end of one turn and the next."""

    def __str__(self) -> str:
        clients = "1 client" if self.clients == 1 else f"{self.clients} clients"
        return f"{clients} who pauses" if self.pause else clients


USER = Crowd(1, pause=0.1)
"""One user with a deployment to themselves: they read before they write again."""
ONE = Crowd(1)


@dataclass(frozen=True)
class Plan:
    """The same for all measurements; each takes from it what concerns it."""

    model: Literal["http", "demo"] = "http"
    rounds: int = 5
    turns: int = 30
    """Turns of one client in a round; with more clients each has as many fewer."""
    crowds: tuple[Crowd, ...] = (USER, ONE, Crowd(16), Crowd(64))
    alone: int = 4
    """How often a round has one client who never pauses: that takes a second, in which a machine
    shared with others may be another one than in the next."""
    workers: int = 2
    threads: int = 1_000_000
    """The threads of the filled database of `large`, with ten items each."""
    data: Path | None = None
    """Where `large` keeps its databases for another run; else they are deleted."""
    plans: bool = False
    """Tell the plans of statements too."""
    quick: bool = False
    """Look only whether it runs and about where it is: the figures jump."""

    @classmethod
    def quickly(cls, plan: "Plan") -> "Plan":
        """A first look, in a small part of the time."""
        return replace(plan, rounds=1, turns=10, alone=1, quick=True)

    def longer(self, times: int) -> "Plan":
        """As many times the rounds."""
        return replace(self, rounds=times * self.rounds)

    def paced(self) -> "Plan":
        """The plan for a model that takes seconds over an answer."""
        crowds = (ONE,) if self.quick else (ONE, Crowd(16))
        return replace(self, rounds=max(1, self.rounds // 2), turns=2, crowds=crowds, alone=1)

    def each_of_a_round(self) -> list[Crowd]:
        """The crowds that a round has, one after another."""
        return [crowd for crowd in self.crowds for _ in range(self.alone if crowd == ONE else 1)]

    def turns_each(self, clients: int) -> int:
        """Turns of each of so many clients."""
        if clients == 1:
            return self.turns
        return max(2, self.turns * 8 // clients)

    @property
    def traffic_turns(self) -> int:
        """Turns over which the traffic to Redis is counted."""
        return 3
