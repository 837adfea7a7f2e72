"""What came of all runs, as a table."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_HEAD = ("scenario", "runs", "passed", "recovery p50", "p95", "max")


@dataclass(frozen=True)
class Run:
    """One run, with the time of every recovery in it."""

    scenario: str
    passed: bool
    recoveries: tuple[float, ...] = ()


def scorecard(runs: Iterable[Run]) -> str:
    """One line per scenario, in the order of the runs."""
    by_name: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_name[run.scenario].append(run)
    rows = [_HEAD, *(_row(name, of_name) for name, of_name in by_name.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def percentile(values: list[float], share: float) -> float | None:
    """The value that this share of the values does not exceed; None of no values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _row(name: str, runs: list[Run]) -> tuple[str, ...]:
    took = [seconds for run in runs for seconds in run.recoveries]
    passed = sum(run.passed for run in runs)
    return (
        name,
        str(len(runs)),
        str(passed),
        _seconds(percentile(took, 0.5)),
        _seconds(percentile(took, 0.95)),
        _seconds(max(took, default=None)),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers = row
    rest = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True))
    return "  ".join([name.ljust(widths[0]), *rest])
