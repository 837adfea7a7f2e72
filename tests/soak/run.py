"""A run: users, mischief and gauges beside each other, and what came of it."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.world import Shape, World, a_world
from tests.load.leftovers import leftovers
from tests.soak.gauges import Gauges
from tests.soak.mischief import Mischief
from tests.soak.slopes import Growth
from tests.soak.visits import STAY, Visit

Tell = Callable[[str], None]
WARM_UP = 0.4
"""Of the run: caches fill up, and until a retention is over nothing goes."""
_FORGET = 200
"""Model calls that the played model remembers: it looks at all of them for each new one."""


@dataclass(frozen=True)
class Plan:
    """What to run."""

    minutes: float = 60.0
    users: int = 6
    """At the same time."""
    chaos: float = 0.01
    """How likely something breaks when a user does something."""
    seed: int = 1

    @property
    def seconds(self) -> float:
        """How long there is traffic."""
        return self.minutes * 60

    @property
    def shape(self) -> Shape:
        """What is kept is kept for a twelfth of the run, so that as much goes as comes."""
        kept = f"{max(5, round(self.seconds / 12))}s"
        names = ("RETENTION", "THREAD_RETENTION", "JOURNAL_TTL", "USAGE_RETENTION")
        rates = dict.fromkeys(("RATE_TURNS", "RATE_READS", "RATE_CALLS", "RATE_UPLOADS"), "off")
        return Shape(settings={**dict.fromkeys(names, kept), **rates})


@dataclass
class SoakResult:
    """What came of a run."""

    visits: Counter[str] = field(default_factory=Counter)
    mischief: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """What came out wrong for users."""
    left: list[str] = field(default_factory=list)
    """What was there when every turn had ended."""
    growths: list[Growth] = field(default_factory=list)
    tables: dict[str, list[tuple[float, int]]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing failed, nothing was left, and nothing grew."""
        grown = [each for each in self.growths if not each.passed]
        return not (self.failures or self.left or grown)

    def as_json(self) -> dict[str, Any]:
        """With every reading."""
        return {
            "visits": self.visits,
            "mischief": self.mischief,
            "failures": self.failures,
            "left": self.left,
            "series": [each.as_json() for each in self.growths],
            "tables": self.tables,
        }


def run(plan: Plan, data_dir: Path, tell: Tell) -> SoakResult:
    """Run a plan in a system of its own, whose logs stay in `data_dir`."""
    found = SoakResult()
    with a_world(data_dir, plan.shape) as world:
        asyncio.run(_soak(world, plan, found, tell))
        found.left = leftovers(world.stack)
    return found


async def _soak(world: World, plan: Plan, found: SoakResult, tell: Tell) -> None:
    gauges = Gauges(world)
    mischief = Mischief(world, random.Random(f"{plan.seed}:mischief"), plan.chaos)
    over = time.monotonic() + plan.seconds
    helpers = [
        asyncio.create_task(gauges.keep_reading(min(10.0, plan.seconds / 60))),
        asyncio.create_task(_tell_how_it_goes(plan, found, gauges, tell)),
    ]
    try:
        async with asyncio.TaskGroup() as users:
            for number in range(plan.users):
                rng = random.Random(f"{plan.seed}:user:{number}")
                users.create_task(_Users(world, mischief, found).come(rng, over))
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    found.mischief = mischief.done
    found.tables = gauges.tables
    judged_from = plan.seconds * WARM_UP
    found.growths = [series.growth(judged_from, plan.seconds) for series in gauges.series.values()]
    await world.whole()


@dataclass(frozen=True)
class _Users:
    """Users that come one after the other, each with things to do."""

    world: World
    mischief: Mischief
    found: SoakResult

    async def come(self, rng: random.Random, over: float) -> None:
        """Until the time is over. After what fails the next one comes."""
        while time.monotonic() < over:
            async with self.world.tab() as client:
                visit = Visit(self.world, client, rng)
                try:
                    await self._stay(visit, over)
                except Exception as failure:
                    said = f"{client.user}: {type(failure).__name__}: {failure}"
                    self.found.failures.append(said)
                self.found.visits += visit.done
            if len(self.world.model.calls) > _FORGET and not self.world.model.calls.running():
                self.world.model.reset()

    async def _stay(self, visit: Visit, over: float) -> None:
        for _ in range(STAY):
            if time.monotonic() >= over:
                return
            await self.mischief.perhaps()
            await visit.go_on()


async def _tell_how_it_goes(plan: Plan, found: SoakResult, gauges: Gauges, tell: Tell) -> None:
    while True:
        await asyncio.sleep(min(60.0, plan.seconds / 4))
        memory = [
            f"{name.partition(':')[0]} {series.readings[-1].value:.0f} MB"
            for name, series in gauges.series.items()
            if name.endswith(": memory")
        ]
        tell(
            f"{gauges.now / 60:5.1f} min: {found.visits.total()} things done, "
            f"{len(found.failures)} failed; {', '.join(memory)}"
        )
