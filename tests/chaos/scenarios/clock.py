"""Clocks of the workers wrong by a minute, one ahead and one behind: leases must not care."""

from pathlib import Path

from tests.chaos.scenario import Case, Outcome, Scenario
from tests.chaos.scenarios.worker_kill import WITHIN, kill_at
from tests.chaos.world import Shape

SKEW = 60
SKEWED = str(Path(__file__).parents[1] / "skewed")
"""Holds a `sitecustomize` that shifts the wall clock of a Python process."""


async def skewed(case: Case) -> Outcome:
    """As with clocks that agree: no takeover without a reason, and one in time after a kill."""
    return await kill_at(case, case.rng.randint(1, 30), WITHIN)


SCENARIOS = [
    Scenario(
        "clock-skew",
        f"one worker's clock is {SKEW} s ahead, the other's {SKEW} s behind",
        skewed,
        runs=8,
        shape=Shape(
            worker_settings={
                "agent-worker-1": {"CLOCK_SHIFT": str(SKEW), "PYTHONPATH": SKEWED},
                "agent-worker-2": {"CLOCK_SHIFT": str(-SKEW), "PYTHONPATH": SKEWED},
            }
        ),
    )
]
