"""What was measured again and again: how steeply it rises, and whether it may."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

_HEAD = ("what", "unit", "lives", "median", "slope/h", "grew", "may grow", "")
YOUNG = 60.0
"""Seconds in which a new process still loads what it needs."""
_SHORTEST = 120.0
"""Seconds that a life must have lasted to be judged, where mischief has cut all of them short."""
_MOST = 300
"""Readings of a life that are compared each with each; of more, evenly chosen ones."""


class Reading(NamedTuple):
    """One value of a series."""

    at: float
    """Seconds since the traffic began."""
    value: float
    life: str = ""
    """Whose it is, such as a process's: a new one begins anew, which is no rise."""


@dataclass(frozen=True)
class Limit:
    """How much a series may grow from the end of the warm-up to the end of the run.

    A share of its median, and so many units beside it: no process stands still, and a short run
    sees a breath as a slope.
    """

    share: float = 0.0
    units: float = 0.0
    level_after: float = 0.0
    """Seconds of traffic after which no more is there than goes: before, it rises by nature."""

    def of(self, median: float) -> float:
        """Units that a series with this median may grow."""
        return self.share * median + self.units


@dataclass
class Series:
    """Something that was read every few seconds."""

    name: str
    unit: str
    limit: Limit
    readings: list[Reading] = field(default_factory=list)

    def add(self, at: float, value: float, life: str = "") -> None:
        """Take a reading. Those of one life come in the order of time."""
        self.readings.append(Reading(at, value, life))

    def growth(self, began: float, over: float) -> "Growth":
        """What it did between two moments. Its slope is the median of those of its lives. It is
        carried no further than its longest life: a process that is killed now and then shows how it
        starts, and not how it would go on.
        """
        young = min(YOUNG, (over - began) / 10)
        born: dict[str, float] = {}
        lives: defaultdict[str, list[Reading]] = defaultdict(list)
        for each in self.readings:
            if max(began, born.setdefault(each.life, each.at) + young) <= each.at <= over:
                lives[each.life].append(each)
        longest = max(map(_lasted, lives.values()), default=0.0)
        enough = min((over - began) / 4, max(longest, _SHORTEST))
        long = [_thin(life) for life in lives.values() if _lasted(life) >= enough]
        values = [each.value for life in long for each in life]
        if not values:
            return Growth(self, 0, 0.0, 0.0, 0.0, judged=True)
        slope = statistics.median(map(_slope, long))
        return Growth(
            self,
            len(long),
            statistics.median(values),
            slope * 3600,
            slope * min(over - began, longest + young),
            judged=began >= self.limit.level_after,
        )


@dataclass(frozen=True)
class Growth:
    """How a series stands at the end."""

    series: Series
    lives: int
    """How many lasted for a quarter of the time, or the longest: shorter ones are warming up."""
    median: float
    slope: float
    """Units an hour."""
    grew: float
    """Units, by the slope, in the time that was looked at, or in its longest life."""
    judged: bool
    """False where that time began before the series is level."""

    @property
    def may_grow(self) -> float:
        """Units that are allowed."""
        return self.series.limit.of(self.median)

    @property
    def passed(self) -> bool:
        """Whether it kept its limit, or was not judged. What was not seen did not keep it."""
        return not self.judged or (self.lives > 0 and self.grew <= self.may_grow)

    @property
    def said(self) -> str:
        """What is to be said of it, in a word or two."""
        if not self.judged:
            return "run too short"
        if self.passed:
            return "flat"
        return "GROWS" if self.lives else "NOT SEEN"

    def as_json(self) -> dict[str, Any]:
        """With every reading."""
        return {
            "name": self.series.name,
            "unit": self.series.unit,
            "lives": self.lives,
            "median": self.median,
            "slope_per_hour": self.slope,
            "grew": self.grew,
            "may_grow": self.may_grow,
            "verdict": self.said,
            "readings": self.series.readings,
        }


def table(growths: Sequence[Growth]) -> str:
    """One line for each series."""
    rows = [_HEAD, *map(_row, growths)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _row(growth: Growth) -> tuple[str, ...]:
    numbers = (growth.median, growth.slope, growth.grew, growth.may_grow)
    median, slope, grew, may = (f"{number:,.1f}" for number in numbers)
    series, lives = growth.series, str(growth.lives)
    return (series.name, series.unit, lives, median, slope, grew, may, growth.said)


def _lasted(life: Sequence[Reading]) -> float:
    return life[-1].at - life[0].at


def _thin(life: Sequence[Reading]) -> Sequence[Reading]:
    return life[:: -(-len(life) // _MOST)]


def _slope(life: Sequence[Reading]) -> float:
    """Units a second, after Theil and Sen: the median over all pairs, which a few odd readings
    do not move.
    """
    pairs = [
        (later.value - earlier.value) / (later.at - earlier.at)
        for earlier, later in combinations(life, 2)
        if later.at > earlier.at
    ]
    return statistics.median(pairs) if pairs else 0.0
