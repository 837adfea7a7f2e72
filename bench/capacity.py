"""How many answers stream at once at the pace of a real model, and what a word of them costs.

The number of answers is raised until the first text comes too late. Clients begin evenly over the
time that an answer takes, and each asks again when its answer has ended: so many are under way at
any moment, as many begin as end, and nobody waits for a burst of others.
"""

import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.load import BUSY, Load, Round, load_generator
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.model import UserRequest
from bench.servers.subjects import Subject, http_model, stock, turnstream

WORDS, PACE_MS = 250, 20
LATEST = 0.3
"""Seconds: the 99th percentile of the first text at which a system has no more room."""
_FEW, _MANY = 30, 300
_FIRST, _STEP, _MOST = 20, 1.5, 1500
_TURNS = 2
KINDS = {
    "text": UserRequest(WORDS, PACE_MS),
    "after 50 thoughts": UserRequest(WORDS, PACE_MS, thoughts=50),
    "with a tool call": UserRequest(WORDS, PACE_MS, call=True),
}


class Level(NamedTuple):
    """What was seen with so many answers at once."""

    answers: int
    first_text: float
    """Seconds from the model's first word until it came, the 99th percentile."""
    behind: float
    """Seconds that any text was behind the model, the 99th percentile of its pieces."""
    word: float
    """Processor seconds of all processes for a word."""
    worker: float
    """The share of a core that the process takes in which the model's stream is read."""
    load: float
    """Share of a core of the load generator."""
    failed: str = ""

    @property
    def has_room(self) -> bool:
        """Whether every answer came, and in time."""
        return not self.failed and self.first_text <= LATEST


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """What a word costs with few and with many answers, then how many there can be."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model = stack.enter_context(http_model(directory / "model"))
        theirs = stack.enter_context(stock(directory / "stock", model))
        room = {**model, "SLOTS": str(_MOST)}  # no answer waits for another to end
        ours = stack.enter_context(turnstream(directory / "ours", room, plan.workers))
        bench = _Bench(stack.enter_context(load_generator()), tell)
        for subject in (theirs, ours):
            for asked in KINDS.values():
                bench.level(subject, asked._replace(words=20), 4)
        return [bench.costs(theirs, ours, plan), bench.most(theirs, ours, plan)]


@dataclass(frozen=True)
class _Bench:
    load: Load
    tell: Tell

    def costs(self, theirs: Subject, ours: Subject, plan: Plan) -> Section:
        """The cost of a word, and how late it comes."""
        rounds = 1 if plan.quick else max(1, plan.rounds // 2)
        asked = KINDS["text"]
        other, few = _alternate(
            rounds,
            lambda: self.level(theirs, asked, _FEW),
            lambda: self.level(ours, asked, _FEW),
        )
        many = _median([self.level(ours, asked, _MANY) for _ in range(rounds)])
        rows = [
            Row(f"CPU a word, {_FEW} answers", few.word, "µs", other.word, at_most(0.4)),
            Row(f"CPU a word, {_MANY} of ours", many.word, "µs", other.word, at_most(0.4)),
            Row(f"CPU a word of the worker, {_FEW}", few.worker, "µs", None, at_most(75e-6)),
            Row(f"CPU a word of the worker, {_MANY}", many.worker, "µs", None, at_most(75e-6)),
            Row(f"first text p99, {_FEW}", few.first_text, "ms", other.first_text),
            Row(f"first text p99, {_MANY}", many.first_text, "ms", None, at_most(LATEST)),
            Row(f"behind the model p99, {_FEW}", few.behind, "ms", None, at_most(0.15)),
            Row(f"behind the model p99, {_MANY}", many.behind, "ms", None, at_most(0.15)),
        ]
        notes = [
            f"text of the stock server is {other.behind * 1000:.0f} ms behind with {_FEW} answers",
            *(each.failed for each in (other, few, many) if each.failed),
        ]
        return Section(
            f"{WORDS} words {PACE_MS} ms apart",
            ("stock", "Turnstream"),
            rows,
            notes + _busy([other, few, many]),
        )

    def most(self, theirs: Subject, ours: Subject, plan: Plan) -> Section:
        """Answers at once, for each kind."""
        kinds = {"text": KINDS["text"]} if plan.quick else KINDS
        rows, seen = [], []
        for name, asked in kinds.items():
            found = {}
            for subject in (theirs, ours):
                levels = self._until_late(subject, asked)
                seen += levels
                found[subject.name] = max(
                    (each.answers for each in levels if each.has_room), default=0
                )
            rows.append(
                Row(f"answers at once, {name}", found[ours.name], "", float(found[theirs.name]))
            )
        return Section(
            f"until the first text takes {LATEST * 1000:.0f} ms",
            ("stock", "Turnstream"),
            rows,
            _busy(seen),
            {"levels": [each._asdict() for each in seen]},
        )

    def _until_late(self, subject: Subject, asked: UserRequest) -> list[Level]:
        """Levels up to the first that has no room, and one between it and the one before."""
        levels, answers = [], float(_FIRST)
        while answers <= _MOST:
            levels.append(self.level(subject, asked, int(answers)))
            if not levels[-1].has_room:
                before = levels[-2].answers if len(levels) > 1 else 0
                between = (before + levels[-1].answers) // 2
                if between:
                    levels.append(self.level(subject, asked, between))
                break
            answers *= _STEP
        return levels

    def level(self, subject: Subject, asked: UserRequest, answers: int) -> Level:
        """Let so many clients have two answers each."""
        pace = asked.pace_ms / 1000
        takes = (asked.words + asked.thoughts) * pace
        before, by_kind = subject.cpu(), subject.cpu_by_kind()
        try:
            heard = self.load.run(
                Round(subject.ports, str(asked), answers, _TURNS, within=takes, pace=pace)
            )
        except Exception as failure:  # a level that is too much for a system ends in anything
            failed = f"{subject.name}, {answers} answers: {type(failure).__name__} {failure!s:.200}"
            self.tell(failed)
            return Level(answers, 0.0, 0.0, 0.0, 0.0, 0.0, failed)
        used = {kind: cpu - by_kind.get(kind, 0) for kind, cpu in subject.cpu_by_kind().items()}
        words = len(heard.timings) * (asked.words + asked.thoughts)
        level = Level(
            answers,
            _p99([timing.behind[0] for timing in heard.timings]),
            _p99([late for timing in heard.timings for late in timing.behind[1:]]),
            (subject.cpu() - before) / words,
            used.get("agent-worker", used.get("stock", 0.0)) / words,
            heard.share,
        )
        self.tell(
            f"{subject.name}, {answers} answers: first text p99 {level.first_text * 1000:.0f} ms, "
            f"behind {level.behind * 1000:.0f} ms, {level.word * 1e6:.0f} µs a word, "
            f"{level.worker * 1e6:.0f} of them the worker's"
        )
        return level


def _alternate(
    rounds: int, theirs: Callable[[], Level], ours: Callable[[], Level]
) -> tuple[Level, Level]:
    found = [(theirs(), ours()) for _ in range(rounds)]
    return _median([each[0] for each in found]), _median([each[1] for each in found])


def _median(levels: list[Level]) -> Level:
    first = levels[0]
    figures = {
        name: statistics.median(getattr(each, name) for each in levels)
        for name in ("first_text", "behind", "word", "worker", "load")
    }
    return first._replace(**figures, failed=" ".join(filter(None, (e.failed for e in levels))))


def _p99(seconds: list[float]) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else 0.0


def _busy(levels: list[Level]) -> list[str]:
    most = max(each.load for each in levels)
    if most <= BUSY:
        return []
    return [f"the load generator used up to {most:.0%} of a core: it may be the limit"]
