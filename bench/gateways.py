"""Gateways of one system that differ in a setting, asked by turns."""

import statistics
from dataclasses import dataclass, field

from bench.load import Load, Round
from bench.plan import Plan, Tell
from bench.servers.model import count_prompt
from bench.servers.subjects import Subject

_WORDS = 100
_WARM_UP = 10


@dataclass(frozen=True)
class GatewayUnderTest:
    """One gateway, and what is shown to it."""

    name: str
    port: int
    pids: dict[str, int]
    """Processes whose CPU counts."""
    tokens: tuple[str, ...] = ()


@dataclass
class Costs:
    """What a turn cost by one way, in seconds; an element for each round."""

    first_events: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def first_event(self) -> float:
        """The median."""
        return statistics.median(self.first_events)

    @property
    def cpu(self) -> float:
        """The median."""
        return statistics.median(self.cpus)


def alternate(
    name: str, load: Load, ways: list[GatewayUnderTest], plan: Plan, tell: Tell
) -> dict[str, Costs]:
    """The first event and the CPU of a turn by each way, warm, for one client."""
    costs = {way.name: Costs() for way in ways}
    for way in ways:
        _round(load, way, _WARM_UP, Costs())
    for number in range(plan.rounds):
        tell(f"{name}: round {number + 1} of {plan.rounds}")
        for way in ways if number % 2 == 0 else ways[::-1]:
            _round(load, way, plan.turns, costs[way.name])
    return costs


def _round(load: Load, way: GatewayUnderTest, turns: int, costs: Costs) -> None:
    subject = Subject(way.name, (way.port,), way.pids)
    before = subject.cpu()
    heard = load.run(Round((way.port,), count_prompt(_WORDS), 1, turns, tokens=way.tokens))
    costs.cpus.append((subject.cpu() - before) / turns)
    costs.first_events.append(statistics.median(each.first_event for each in heard.timings))
