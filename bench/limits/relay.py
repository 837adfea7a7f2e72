"""The relay: what the gateway costs per event, against an app that only sends."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop
from redis.asyncio import Redis

from bench.limits.feeding import Feeder
from bench.limits.viewers import Viewers, viewers_of
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import Subject, bare, gateway_alone, redis_url

STREAMS = 500
RATES = (4, 20)
"""Events a second in each stream: of a long answer in windows of 250 ms, and far more than that."""
_HELD = RATES[-1]
"""The rate at which the aim is held."""
_WARM_UP = 2.0
"""Seconds before the count begins."""
_REACHED = 0.95
"""Share of the events asked for that must have come; below it the machine was too small."""


@dataclass(frozen=True)
class _Cost:
    cpu: float
    """Processor seconds per event."""
    rate: float
    """Events per second that came, over all streams."""
    bench: float
    """Cores that the bench itself used to write and read."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """500 streams on one gateway process."""
    seconds = 5.0 if plan.quick else 15.0
    rows: list[Row] = []
    notes: list[str] = []
    for rate in RATES:
        tell(f"relay: {STREAMS} streams, {rate} events a second each")
        ours, theirs = _both(rate, seconds)
        rows += _rows(rate, ours, theirs)
        notes += _notes(rate, ours)
    return [Section(f"relay, {STREAMS} streams", ("bare app", "gateway"), rows, notes)]


def _both(rate: int, seconds: float) -> tuple[_Cost, _Cost]:
    with tempfile.TemporaryDirectory() as directory:
        with gateway_alone(Path(directory) / "ours") as gateway:
            ours = uvloop.run(_gateway(gateway, rate, seconds))
        with bare(Path(directory) / "bare", rate) as app:
            theirs = uvloop.run(_bare(app, seconds))
    return ours, theirs


def _rows(rate: int, ours: _Cost, theirs: _Cost) -> Iterator[Row]:
    aim = at_most(2.0) if rate == _HELD else None
    yield Row(f"CPU per event, {rate}/s each", ours.cpu, "µs", theirs.cpu, aim)
    yield Row(f"events/s, {rate}/s each", ours.rate, "", theirs.rate)


def _notes(rate: int, ours: _Cost) -> Iterator[str]:
    if ours.rate < _REACHED * rate * STREAMS:
        yield (
            f"{rate}/s each was not reached: gateway {ours.cpu * ours.rate:.2f} cores, the bench's "
            f"own writing and reading {ours.bench:.2f}, Redis beside them"
        )


async def _gateway(gateway: Subject, rate: int, seconds: float) -> _Cost:
    async with (
        Redis.from_url(redis_url(gateway)) as redis,
        viewers_of(gateway.ports[0], STREAMS) as viewers,
    ):
        feeder = Feeder(redis, viewers.turn_ids)
        await feeder.begin()
        feeding = asyncio.create_task(feeder.words(rate, 2 * _WARM_UP + seconds))
        cost = await _cost(gateway, viewers, seconds)
        await feeding
        return cost


async def _bare(app: Subject, seconds: float) -> _Cost:
    async with viewers_of(app.ports[0], STREAMS) as viewers:
        return await _cost(app, viewers, seconds)


async def _cost(subject: Subject, viewers: Viewers, seconds: float) -> _Cost:
    """The cost of the events that come in so many seconds from now."""
    await asyncio.sleep(_WARM_UP)
    began, own = time.perf_counter(), time.process_time()
    cpu, words = subject.cpu(), viewers.words
    await asyncio.sleep(seconds)
    cpu, words = subject.cpu() - cpu, viewers.words - words
    passed, own = time.perf_counter() - began, time.process_time() - own
    return _Cost(cpu / words, words / passed, own / passed)
