"""Streams: what an open answer costs a gateway in memory."""

import resource
import tempfile
import time
from pathlib import Path

import psutil
import uvloop
from redis.asyncio import Redis

from bench.limits.feeding import Feeder
from bench.limits.viewers import viewers_of
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import Subject, gateway_alone, redis_url

STREAMS = 10_000
_FIRST = 200
"""Streams that are open before the memory is looked at: code and pools are loaded by then."""
_FILES = 3 * STREAMS
"""Open files that the bench and the gateway may need."""
_PATIENT = {"MAX_QUEUE_AGE": "0"}
"""Without workers the queue only grows older: a gateway would refuse what is to be counted."""
_WATCHED = 15.0
"""Seconds of every stream being open, with a word every five."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Thousands of open streams on one gateway process."""
    streams = STREAMS // 5 if plan.quick else STREAMS
    tell(f"streams: {streams} open at once")
    _allow_files()
    with (
        tempfile.TemporaryDirectory() as directory,
        gateway_alone(Path(directory), _PATIENT) as gateway,
    ):
        rows = uvloop.run(_rows(gateway, streams))
    return [Section(f"{streams} open streams", ("", "gateway"), rows)]


async def _rows(gateway: Subject, streams: int) -> list[Row]:
    process = psutil.Process(gateway.pids["gateway-1"])
    async with (
        Redis.from_url(redis_url(gateway)) as redis,
        viewers_of(gateway.ports[0], _FIRST) as viewers,
    ):
        before = process.memory_info().rss
        await viewers.open(streams - _FIRST)
        feeder = Feeder(redis, viewers.turn_ids)
        await feeder.begin()
        cpu, began = gateway.cpu(), time.perf_counter()
        await feeder.words(0.2, _WATCHED)
        cpu, seconds = gateway.cpu() - cpu, time.perf_counter() - began
        grown = process.memory_info().rss - before
        await feeder.end()
        failed = await viewers.without_an_end()
        missing = round(_WATCHED * 0.2) * streams - viewers.words
    return [
        Row("memory per stream", grown / (streams - _FIRST), "KB", aim=at_most(25 * 1024)),
        Row("streams without an end", failed, aim=at_most(0)),
        Row("events that did not come", missing, aim=at_most(0)),
        Row("openings refused at first (503)", viewers.refused),
        Row("cores used, a word every 5 s", cpu / seconds),
    ]


def _allow_files() -> None:
    """Allow enough open files for this process and those that it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
