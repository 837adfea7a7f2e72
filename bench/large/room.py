"""Large: acceptance, claim and pages with a million threads and ten million items, against a
database that is nearly empty, on the same Postgres.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from turnstream.store_client import HttpStoreClient
from turnstream_devstack.servers.postgres import EmbeddedPostgres
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from bench.large import cases, plans, server
from bench.large.past import PastTurns, Size
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most

_BUSY_EVERY = 50
"""One thread of so many is the busy user's: 20,000 of a million."""
_LONG, _TURNS_OF_LONG = 20, 1000
"""Threads of 2,000 items each."""
SMALL = Size(40, turns_of_thread=5, busy_every=1, long_threads=_LONG, turns_of_long=20)
"""As many threads and items as fill the pages and the history that are asked for."""
_QUICK = 20_000
"""Threads for a first look."""
_FLAT = 1.15
"""What two medians of the same thing differ by on a machine that does something else too."""
_DISK_OF_ITEM = 3 * 1024
"""Bytes of disk that an item takes with its part of the turn, of the indexes and of what Postgres
writes ahead, and a half more.
"""
_AT_ONCE = _LONG
"""Operations of a batch: each of its turns is in a thread of its own."""
_BATCHES = 4
"""For each of the plan's rounds."""
_RELOADED = 0.5
"""Seconds in which every connection has read its server's settings again."""
_ITEMS = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'items'::regclass"
_ENV = {
    "MAX_THREADS_PER_USER": "100000",
    "MAX_TURNS_PER_USER": "1000",
    "MAX_RUNNING_TURNS_PER_USER": "1000",
    "SWEEP_INTERVAL": "1h",
}


@dataclass
class _Figures:
    """The figures of one operation, an element for each batch."""

    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    blocks: list[float] = field(default_factory=list)


@dataclass
class _Side:
    """One database, the store in front of it, and what was measured there."""

    store: HttpStoreClient
    connection: server.Connection
    operations: Mapping[str, Mapping[str, cases.Operation]]
    figures: dict[str, _Figures] = field(default_factory=dict)

    async def run(self, kind: str, *, counts: bool = True) -> None:
        """One batch of each operation of a kind."""
        for name, operation in self.operations[kind].items():
            times = []
            await self.connection.begin()
            for number in range(_AT_ONCE):
                began = time.perf_counter()
                await operation(number)
                times.append(time.perf_counter() - began)
            used = await self.connection.used(_AT_ONCE)
            if counts:
                figures = self.figures.setdefault(f"{kind}{name}", _Figures())
                figures.client.append(statistics.median(times))
                figures.server.append(used.seconds)
                figures.blocks.append(used.blocks)


@dataclass(frozen=True)
class _Room:
    """The server, and a store in front of each of its two databases."""

    postgres: EmbeddedPostgres
    stores: list[Stack]
    size: Size
    is_filled: bool

    @property
    def urls(self) -> tuple[str, str]:
        """The addresses of the databases, in the order of the stores."""
        return server.urls(self.postgres)


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Two databases on one Postgres, a store in front of each; they alternate."""
    threads = _QUICK if plan.quick else plan.threads
    size = Size(threads, 5, _BUSY_EVERY, _LONG, _TURNS_OF_LONG)
    with ExitStack() as stack:
        directory = plan.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _check_disk(directory, size)
        postgres = stack.enter_context(server.postgres(directory / "postgres"))
        is_filled = asyncio.run(server.prepare(postgres))
        specs = [spec for spec in TURNSTREAM if spec.role == "store"]
        stores = [
            stack.enter_context(
                Stack(directory / name, specs=specs, env=_ENV, database_url=url, durable=True)
            )
            for name, url in zip(("small", "large"), server.urls(postgres), strict=True)
        ]
        room = _Room(postgres, stores, size, is_filled)
        return asyncio.run(_measure(room, plan, tell))


def _check_disk(directory: Path, size: Size) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(directory).free, size.items * _DISK_OF_ITEM
    if free < needed and not (directory / "postgres").exists():
        raise SystemExit(
            f"large: {directory} has {free / 1024**3:.0f} GB left, and {needed / 1024**3:.0f} are"
            " needed; name another disk with --data"
        )


async def _measure(room: _Room, plan: Plan, tell: Tell) -> list[Section]:
    async with AsyncExitStack() as stack:
        sides, notes = [], []
        for url, store, much in zip(room.urls, room.stores, (SMALL, room.size), strict=True):
            raw = await server.connect(url)
            stack.push_async_callback(raw.close)
            client = HttpStoreClient(
                store.service("store-1").url,
                retry_timeout=timedelta(seconds=5),
                key=store.internal_key,
            )
            await stack.enter_async_context(client)
            if not room.is_filled:
                notes += await _fill(client, raw, much, tell)
            past = PastTurns(raw, much, "")
            long = await past.ids_of_long()
            turns = cases.Turns(client, long)
            operations = {
                "new thread: ": turns.operations(in_long_threads=False),
                "long thread: ": turns.operations(in_long_threads=True),
                "": cases.reads(client, long),
            }
            sides.append(_Side(client, server.Connection(raw), operations))
        await _alternate(sides, _BATCHES * plan.rounds, tell)
        found = await _plans(sides[1], room.postgres)
        items = await sides[1].connection.raw.fetchval(_ITEMS)  # a kept database may hold others
    sections = _sections(sides, room.size, f"{items:,} items", notes)
    return [*sections, _judged(found, plan, tell)]


async def _fill(client: HttpStoreClient, raw: server.Raw, much: Size, tell: Tell) -> list[str]:
    """Make the past of a database; how long it took, and what it takes."""
    began = time.monotonic()
    await cases.one_turn(client)
    real = await raw.fetchval("SELECT id FROM threads ORDER BY created_at DESC LIMIT 1")
    await PastTurns(raw, much, real).fill(tell)
    size = await raw.fetchval("SELECT pg_database_size(current_database())")
    seconds = time.monotonic() - began
    filled = f"{much.items:,} items of {much.turns:,} turns: {size / 1024**3:.1f} GB"
    tell(f"large: {filled}, filled in {seconds:.0f} s")
    return [f"{filled}, filled in {seconds:.0f} s"]


async def _alternate(sides: list[_Side], batches: int, tell: Tell) -> None:
    for number in range(batches + 1):
        tell(f"large: batch {number} of {batches}")  # the first one warms up
        for kind in sides[0].operations:
            for side in sides if number % 2 == 0 else sides[::-1]:
                await side.run(kind, counts=number > 0)


async def _plans(side: _Side, postgres: EmbeddedPostgres) -> list[plans.ExplainedStatement]:
    """The plans of one batch of everything, as Postgres ran them for the store."""
    log = postgres.log
    await side.connection.explain(on=True)
    await asyncio.sleep(_RELOADED)
    begin = log.stat().st_size
    for kind in side.operations:
        await side.run(kind, counts=False)
    await side.connection.explain(on=False)
    await asyncio.sleep(_RELOADED)
    with log.open("rb") as file:
        file.seek(begin)
        return plans.explained(file.read().decode(errors="replace"))


def _sections(sides: list[_Side], size: Size, filled: str, notes: list[str]) -> list[Section]:
    small, large = (side.figures for side in sides)
    median, aim = statistics.median, at_most(_FLAT)
    columns = ("nearly empty", "filled")
    notes = [f"filled: {filled}", *notes]
    server_rows, client_rows, block_rows = [], [], []
    for name, ours in large.items():
        theirs = small[name]
        server_rows.append(Row(name, median(ours.server), "µs", median(theirs.server), aim))
        client_rows.append(Row(name, median(ours.client), "ms", median(theirs.client), aim))
        block_rows.append(Row(name, median(ours.blocks), "", median(theirs.blocks)))
    return [
        Section(f"{size.threads:,} threads: Postgres", columns, server_rows, notes),
        Section(f"{size.threads:,} threads: a call to the store", columns, client_rows),
        Section(f"{size.threads:,} threads: blocks of 8 KB", columns, block_rows),
    ]


def _judged(found: list[plans.ExplainedStatement], plan: Plan, tell: Tell) -> Section:
    """Whether no statement reads or sorts more than a page of rows."""
    flaws = sorted({flaw for each in found for flaw in each.flaws()})
    if plan.plans:
        tell("\n".join(line for each in plans.distinct(found) for line in each.lines()))
    rows = [Row("plans that were looked at", len(plans.distinct(found)))]
    rows.append(Row("that read or sort more than a page", len(flaws), aim=at_most(0)))
    return Section("plans", ("", "filled"), rows, [f"{name}: {why}" for name, why in flaws])
