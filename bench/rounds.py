"""The order of measuring: the two servers alternate, so that a busy minute hits both."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.client import Timing, talk
from bench.redis_commands import Monitor
from bench.subjects import Subject, stock, turnstream

WORDS = 100
"""Text deltas of an answer."""
LONG_WORDS, LONG_DELAY = 300, "10ms"
WARM_UP = 10
Figures = dict[str, Any]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    rounds: int = 5
    turns: int = 30
    """Turns of one client in a round; with more clients each has as many fewer."""
    workers: int = 2
    clients: tuple[int, ...] = (1, 16, 64)


async def measure(plan: Plan, tell: Told) -> Figures:
    """All figures, by server and setting."""
    found: Figures = {"plan": asdict(plan), "processors": os.cpu_count()}
    found["no delay"] = await _compare(plan, "0s", WORDS, plan.clients, tell)
    paced = Plan(rounds=max(1, plan.rounds // 2), turns=2, workers=plan.workers)
    found["10 ms a word"] = await _compare(paced, LONG_DELAY, LONG_WORDS, (1, 16), tell)
    return found


async def _compare(
    plan: Plan, delay: str, words: int, clients: tuple[int, ...], tell: Told
) -> Figures:
    settings = {
        **os.environ,
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "DEMO_TOKEN_DELAY": delay,
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        subjects = [
            stack.enter_context(stock(directory / "stock", settings)),
            stack.enter_context(turnstream(directory / "ours", settings, plan.workers)),
        ]
        for subject in subjects:
            await _round(subject, 1, WARM_UP if delay == "0s" else 1, words)
        rounds: dict[str, dict[int, list[Figures]]] = {
            subject.name: {count: [] for count in clients} for subject in subjects
        }
        for number in range(plan.rounds):
            tell(f"{words} words, {delay} apart: round {number + 1} of {plan.rounds}")
            for count in clients:
                for subject in subjects:
                    turns = max(2, plan.turns * 2 // max(2, count))
                    figures = await _round(subject, count, turns, words)
                    rounds[subject.name][count].append(figures)
        ours = subjects[1]
        with Monitor(ours.redis_url) as monitor:
            await _round(ours, 1, 1, words)
        logs = ours.log_bytes()
    return {
        name: {str(count): _medians(figures) for count, figures in by_count.items()}
        for name, by_count in rounds.items()
    } | {
        "redis writes of a turn": dict(monitor.writes.most_common()),
        "redis memory of a turn": statistics.median(logs),
    }


async def _round(subject: Subject, clients: int, turns: int, words: int) -> Figures:
    """One round at one server: so many clients at once, so many turns each."""
    loop = asyncio.get_running_loop()
    cpu, began = subject.cpu(), loop.time()
    ports = subject.ports
    talks = (talk(ports[n % len(ports)], f"user-{n}", words, turns) for n in range(clients))
    timings = [timing for one in await asyncio.gather(*talks) for timing in one]
    seconds = loop.time() - began
    return {
        **_spread("first event", timings, lambda timing: timing.first_event),
        **_spread("first text", timings, lambda timing: timing.first_text),
        **_spread("whole turn", timings, lambda timing: timing.whole),
        "turns per second": len(timings) / seconds,
        "cpu seconds per turn": (subject.cpu() - cpu) / len(timings),
        "bytes per turn": statistics.median(timing.bytes for timing in timings),
    }


def _spread(name: str, timings: list[Timing], of: Callable[[Timing], float]) -> Figures:
    ordered = sorted(of(timing) for timing in timings)
    last = len(ordered) - 1
    return {
        name: statistics.median(ordered),
        f"{name} p99": ordered[min(last, len(ordered) * 99 // 100)],
    }


def _medians(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
