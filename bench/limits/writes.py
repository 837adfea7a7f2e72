"""Writes: what a long answer costs Redis, and that its first word does not wait for others."""

import statistics
import tempfile
from pathlib import Path

from bench.load import Load, Round, load_generator
from bench.plan import Plan, Tell
from bench.redis_traffic import traffic_of
from bench.rows import Row, Section, at_most
from bench.servers.model import count_prompt
from bench.servers.subjects import Subject, http_model, turnstream

WORDS, PACE_MS = 1000, 10
_LATE = 1.25
"""How much later than an answer of one word a long one may begin: well below any window."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """1,000 words at 100 a second, through everything."""
    tell(f"writes: {WORDS} words, {PACE_MS} ms apart")
    with (
        tempfile.TemporaryDirectory() as directory,
        http_model(Path(directory) / "model") as settings,
        turnstream(Path(directory) / "ours", settings, plan.workers) as ours,
        load_generator() as load,
    ):
        load.run(Round(ours.ports, count_prompt(100), clients=4, turns=5))
        long, short = _first_texts(load, ours, plan.turns)
        answers = Round(ours.ports, count_prompt(WORDS, PACE_MS), turns=1 if plan.quick else 3)
        redis = traffic_of(ours, lambda: load.run(answers))
    rows = [
        Row("Redis writes", sum(redis.writes.values()), aim=at_most(90)),
        Row("Redis memory of the log", redis.memory, "KB", aim=at_most(120 * 1024)),
        Row("bytes sent to Redis", redis.bytes, "KB"),
    ]
    counted = ", ".join(f"{count:.1f} {name}" for name, count in redis.writes.items())
    late = Row("first text", long, "ms", short, at_most(_LATE))
    return [
        Section(
            f"{WORDS:,} words, {PACE_MS} ms apart",
            ("", "Turnstream"),
            rows,
            [f"counted: {counted}"],
        ),
        Section("first text of a long answer", ("one word", "long"), [late]),
    ]


def _first_texts(load: Load, ours: Subject, turns: int) -> tuple[float, float]:
    """Medians of a long answer's beginning and of an answer that is one word; they alternate."""
    prompts = (count_prompt(20, PACE_MS), count_prompt(1))
    seen: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for text, times in zip(prompts, seen, strict=True):
            times.append(load.run(Round(ours.ports, text)).timings[0].first_text)
    return statistics.median(seen[0]), statistics.median(seen[1])
