"""Idle: what a system costs that nobody uses."""

import tempfile
import time
from pathlib import Path

from bench.life.running import RunningSystem, up
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most

STARTED = 30.0
"""Seconds after the start until it is at rest: all workers are there, and Postgres is done."""
REST, SHORT_REST = 60.0, 15.0
"""Seconds of rest that are measured: the rarest of what wakes often does so every 10 s."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """All processes of `turnstream up`, by kind, over a minute without a request."""
    with (
        tempfile.TemporaryDirectory() as directory,
        up(Path(directory), plan.workers) as running,
    ):
        tell(f"idle: until it is at rest, {STARTED:.0f} s")
        time.sleep(STARTED)
        used = _rest(running, SHORT_REST if plan.quick else REST)
    kinds = sorted(used, key=lambda kind: -used[kind])
    rows = [
        Row("all processes, % of a core", sum(used.values()), aim=at_most(2)),
        *(Row(f"  {kind}", used[kind]) for kind in kinds if kind != "ended"),
    ]
    return [Section(f"at rest, {plan.workers} workers", ("", "ours"), rows, [])]


def _rest(running: RunningSystem, seconds: float) -> dict[str, float]:
    """Per cent of a core, by kind of process."""
    before = running.cpu()
    time.sleep(seconds)
    after = running.cpu()
    return {kind: 100 * (after[kind] - before.get(kind, 0.0)) / seconds for kind in after}
