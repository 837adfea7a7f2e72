"""Scale: twice the workers, twice the turns, while turns wait for the model."""

import tempfile
from pathlib import Path

from bench.load import Load, Round, load_generator
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_least
from bench.servers.model import count_prompt
from bench.servers.subjects import Subject, http_model, turnstream

SLOTS = 4
"""Turns of one worker: so few that slots are the limit and not the cores of a small machine."""
WORDS, PACE_MS = 100, 20
_FEW, _MANY = 2, 4
_CLIENTS = 2 * _MANY * SLOTS
"""Twice what all workers run, so that a free slot always finds a turn."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """A stack with two workers, then the same with two more."""
    with (
        tempfile.TemporaryDirectory() as directory,
        http_model(Path(directory) / "model") as settings,
        turnstream(Path(directory) / "ours", {**settings, "SLOTS": str(SLOTS)}, _FEW) as ours,
        load_generator() as load,
    ):
        assert ours.stack is not None
        few = _turns_and_cores(load, ours, tell, _FEW)
        for _ in range(_MANY - _FEW):
            worker = ours.stack.add_worker()
            ours.pids[worker.name] = worker.pid
        many = _turns_and_cores(load, ours, tell, _MANY)
    rows = [
        Row("turns/s", many[0], other=few[0], aim=at_least(1.9)),
        Row("cores used by everything of ours", many[1], other=few[1]),
    ]
    title = f"{SLOTS} slots each, {PACE_MS} ms a word"
    return [Section(title, (f"{_FEW} workers", f"{_MANY} workers"), rows)]


def _turns_and_cores(load: Load, ours: Subject, tell: Tell, workers: int) -> tuple[float, float]:
    tell(f"scale: {workers} workers")
    # Turns by workers: every slot runs as many, so that the last ones, which find no successor,
    # weigh the same.
    load.run(Round(ours.ports, count_prompt(10), _CLIENTS))
    cpu = ours.cpu()
    heard = load.run(Round(ours.ports, count_prompt(WORDS, PACE_MS), _CLIENTS, turns=workers))
    return len(heard.timings) / heard.seconds, (ours.cpu() - cpu) / heard.seconds
