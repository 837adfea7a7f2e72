"""Turnstream beside the stock server: they alternate, so that a busy minute hits both."""

import itertools
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.client import Timing
from bench.load import BUSY, Load, Round, RoundResult, load_generator
from bench.machine import disk_flush
from bench.plan import ONE, USER, Crowd, Plan, Tell
from bench.redis_traffic import RedisTraffic, traffic_of
from bench.rows import Aim, Row, Section, at_least, at_most
from bench.servers.model import count_prompt
from bench.servers.subjects import Subject, demo_model, http_model, stock, turnstream

_WARM_UP = 10
"""Turns before the first round: connections, compiled statements, caches."""
Figures = dict[str, float]
Rounds = dict[str, dict[str, list[Figures]]]
"""The figures by side and by crowd."""
_16, _64 = Crowd(16), Crowd(64)

# (crowd, figure, unit, aim): what is printed of a setting, in this order.
_AT_ONCE: list[tuple[Crowd, str, str, Aim | None]] = [
    (ONE, "first event", "ms", at_most(0.6)),
    (ONE, "first text", "ms", at_most(0.8)),
    (ONE, "whole turn", "ms", at_most(0.8)),
    (USER, "first event", "ms", None),
    (USER, "first text", "ms", None),
    (USER, "whole turn", "ms", None),
    (_64, "first text p99", "ms", at_most(0.5)),
    (ONE, "turns/s", "", None),
    (_16, "turns/s", "", None),
    (_64, "turns/s", "", at_least(2.2)),
    (ONE, "CPU per turn", "ms", at_most(0.65)),
    (_16, "CPU per turn", "ms", at_most(0.65)),
    (_64, "CPU per turn", "ms", at_most(0.65)),
    (ONE, "bytes per turn", "KB", None),
]
_PACED: list[tuple[Crowd, str, str, Aim | None]] = [
    (ONE, "first event", "ms", None),
    (ONE, "first text", "ms", None),
    (ONE, "whole turn", "ms", None),
    (ONE, "CPU per turn", "ms", at_most(0.65)),
    (_16, "CPU per turn", "ms", at_most(0.65)),
    (ONE, "bytes per turn", "KB", None),
]


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """100 words at once, then 300 words 10 ms apart."""
    with load_generator() as load:
        at_once = _Setting(load, plan, tell, words=100, pace_ms=0)
        paced = _Setting(load, plan.paced(), tell, words=300, pace_ms=10)
        return [
            at_once.section(
                _AT_ONCE,
                f"the first event waits for a commit, of which {disk_flush() * 1000:.2f} ms are the"
                " disk's; the stock server keeps everything in memory",
            ),
            paced.section(_PACED, "the model takes 3 s of a turn: look at first text and CPU"),
        ]


class _Setting:
    """What the model says in a turn, and how fast."""

    def __init__(self, load: Load, plan: Plan, tell: Tell, *, words: int, pace_ms: int) -> None:
        self._load = load
        self._plan = plan
        self._tell = tell
        self._words, self._pace_ms = words, pace_ms
        self._busiest = 0.0

    def section(self, shown: list[tuple[Crowd, str, str, Aim | None]], *notes: str) -> Section:
        """Measure, and choose what to print."""
        rounds, redis = self._measure()
        medians = {
            name: {crowd: _medians(figures) for crowd, figures in by_crowd.items()}
            for name, by_crowd in rounds.items()
        }
        theirs, ours = medians["stock"], medians["turnstream"]
        rows = [
            Row(
                f"{figure}, {crowd}",
                ours[str(crowd)][figure],
                unit,
                theirs[str(crowd)][figure],
                aim,
            )
            for crowd, figure, unit, aim in shown
            if str(crowd) in ours
        ]
        rows += redis.rows()
        largest = str(max(self._plan.crowds))
        notes += (f"CPU of ours per turn, {largest}: {_shares(ours[largest])}",)
        if self._busiest > BUSY:
            notes += (
                f"the load generator used {self._busiest:.0%} of a core: it may be the limit",
            )
        pace = f"{self._pace_ms} ms apart" if self._pace_ms else "at once"
        return Section(
            f"{self._words} words {pace} ({self._plan.model} model)",
            ("stock", "Turnstream"),
            rows,
            list(notes),
            {"rounds": rounds, "redis writes": redis.writes},
        )

    def _measure(self) -> tuple[Rounds, RedisTraffic]:
        plan = self._plan
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if plan.model == "http":
                settings = stack.enter_context(http_model(directory / "model"))
            else:
                settings = demo_model(self._pace_ms)
            subjects = [
                stack.enter_context(stock(directory / "stock", settings)),
                stack.enter_context(turnstream(directory / "ours", settings, plan.workers)),
            ]
            rounds = self._alternate(subjects)
            traffic = traffic_of(
                subjects[1], lambda: self._run(subjects[1], ONE, plan.traffic_turns)
            )
            return rounds, traffic

    def _alternate(self, subjects: list[Subject]) -> Rounds:
        plan = self._plan
        for subject in subjects:
            self._run(subject, ONE, _WARM_UP if not self._pace_ms else 1)
            self._run(subject, max(plan.crowds), 1)
        os.sync()  # what the start wrote goes to the disk now, not under the first commit
        rounds: Rounds = {s.name: {str(crowd): [] for crowd in plan.crowds} for s in subjects}
        for number in range(plan.rounds):
            self._tell(f"{self._words} words: round {number + 1} of {plan.rounds}")
            order = subjects if number % 2 == 0 else subjects[::-1]
            for crowd, subject in itertools.product(plan.each_of_a_round(), order):
                figures = self._figures(subject, crowd, plan.turns_each(crowd.clients))
                rounds[subject.name][str(crowd)].append(figures)
        return rounds

    def _figures(self, subject: Subject, crowd: Crowd, turns: int) -> Figures:
        before = subject.cpu_by_kind()
        heard = self._run(subject, crowd, turns)
        cpu = {kind: used - before[kind] for kind, used in subject.cpu_by_kind().items()}
        self._busiest = max(self._busiest, heard.share)
        count = len(heard.timings)
        return {
            **_spread("first event", heard.timings, lambda timing: timing.first_event),
            **_spread("first text", heard.timings, lambda timing: timing.first_text),
            **_spread("whole turn", heard.timings, lambda timing: timing.whole),
            "turns/s": count / heard.seconds,
            "CPU per turn": sum(cpu.values()) / count,
            **{f"CPU of {kind}": used / count for kind, used in cpu.items()},
            "bytes per turn": statistics.median(timing.bytes for timing in heard.timings),
            "load generator": heard.share,
        }

    def _run(self, subject: Subject, crowd: Crowd, turns: int) -> RoundResult:
        text = count_prompt(self._words, self._pace_ms)
        return self._load.run(Round(subject.ports, text, crowd.clients, turns, crowd.pause))


def _shares(figures: Figures) -> str:
    """Which of our processes the CPU of a turn goes to, the largest first."""
    found = {name[7:]: value for name, value in figures.items() if name.startswith("CPU of ")}
    largest = sorted(found.items(), key=lambda one: -one[1])
    return ", ".join(f"{kind} {seconds * 1000:.1f} ms" for kind, seconds in largest)


def _spread(name: str, timings: list[Timing], of: Callable[[Timing], float]) -> Figures:
    ordered = sorted(of(timing) for timing in timings)
    last = len(ordered) - 1
    return {
        name: statistics.median(ordered),
        f"{name} p99": ordered[min(last, len(ordered) * 99 // 100)],
    }


def _medians(rounds: list[Figures]) -> dict[str, Any]:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
