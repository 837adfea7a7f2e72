"""Flat: a turn costs the same when the database is full and when the thread is long."""

import asyncio
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.limits.past import USERS, PastTurns
from bench.load import Load, Round, load_generator
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.model import count_prompt
from bench.servers.subjects import Subject, http_model, turnstream

THREADS = 100_000
SHORT, LONG = 20, 500
"""Items of a thread: as many as the assistant shows its model, and many more."""
_FLAT = 1.15
"""What two medians of the same thing differ by on a machine that does something else too."""
_HISTORY = f"the app shows its model the newest {SHORT} items: up to there a turn has more to do"
_WARM_UP = 20
_ROUNDS = 4
"""For each of the plan's: one takes a second, and what is compared here differs by less than rounds
do.
"""


@dataclass
class _Case:
    """One kind of turn, and what its rounds gave."""

    name: str
    ours: Subject
    items: int = 0

    def __post_init__(self) -> None:
        self.times: list[float] = []
        self.costs: list[float] = []

    def run(self, load: Load, number: int, turns: int) -> None:
        """One round; in a thread that no round had before, or in new ones."""
        threads = (_thread(self.items, number),) if self.items else ()
        cpu = self.ours.cpu()
        heard = load.run(Round(self.ours.ports, count_prompt(100), turns=turns, threads=threads))
        self.costs.append((self.ours.cpu() - cpu) / turns)
        self.times.append(statistics.median(timing.whole for timing in heard.timings))


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Two stacks side by side, one of them with a past; they alternate."""
    with (
        tempfile.TemporaryDirectory() as directory,
        http_model(Path(directory) / "model") as settings,
        turnstream(Path(directory) / "new", settings, plan.workers) as new,
        turnstream(Path(directory) / "old", settings, plan.workers) as old,
        load_generator() as load,
    ):
        for subject in (new, old):
            load.run(Round(subject.ports, count_prompt(100), turns=_WARM_UP))
        tell(f"flat: making {THREADS:,} threads")
        rounds = _ROUNDS * plan.rounds
        asyncio.run(_fill(old, rounds))
        cases = [
            _Case("new", new),
            _Case("old", old),
            _Case("short", old, SHORT),
            _Case("long", old, LONG),
        ]
        for number in range(rounds):
            tell(f"flat: round {number + 1} of {rounds}")
            for case in cases if number % 2 == 0 else cases[::-1]:
                case.run(load, number, max(10, plan.turns // 2))
    first, full, short, long = cases
    return [
        Section("threads in the database", ("a few", f"{THREADS:,}"), _rows(first, full)),
        Section("items in the thread", ("first", f"{LONG}th"), _rows(full, long), [_HISTORY]),
        Section("items in the thread", (f"{SHORT}th", f"{LONG}th"), _rows(short, long)),
    ]


def _rows(before: _Case, after: _Case) -> list[Row]:
    median, limit = statistics.median, at_most(_FLAT)
    return [
        Row("whole turn", median(after.times), "ms", median(before.times), limit),
        Row("CPU per turn", median(after.costs), "ms", median(before.costs), limit),
    ]


async def _fill(subject: Subject, rounds: int) -> None:
    assert subject.stack is not None
    url = subject.stack.database_url.replace("+asyncpg", "")  # SQLAlchemy's word for its driver
    connection = await asyncpg.connect(url, server_settings={"search_path": "turnstream"})
    try:
        past = await PastTurns.of(connection)
        await past.threads(THREADS)
        for items in (SHORT, LONG):
            threads = [_thread(items, number) for number in range(rounds)]
            await past.lengthen(threads, items)
    finally:
        await connection.close()


def _thread(items: int, number: int) -> str:
    """A thread of user 0 that is to hold so many items, one for each round."""
    return f"thr_past_{USERS * (1 + 2 * number + (items == LONG))}"
