"""Flush: how long a word takes from the worker's append to the client's socket."""

import tempfile
from pathlib import Path

import uvloop
from redis.asyncio import Redis

from bench.limits.feeding import Feeder
from bench.limits.relay import RATES, STREAMS
from bench.limits.viewers import viewers_of
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import Subject, gateway_alone, redis_url


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """500 streams through one gateway process; the time of the append travels in the event."""
    seconds = 5.0 if plan.quick else 15.0
    tell(f"flush: {STREAMS} streams")
    with (
        tempfile.TemporaryDirectory() as directory,
        gateway_alone(Path(directory)) as gateway,
    ):
        rows = uvloop.run(_rows(gateway, seconds))
    return [Section(f"append to client byte, {STREAMS} streams", ("", "gateway"), rows)]


async def _rows(gateway: Subject, seconds: float) -> list[Row]:
    rows = []
    async with (
        Redis.from_url(redis_url(gateway)) as redis,
        viewers_of(gateway.ports[0], STREAMS) as viewers,
    ):
        feeder = Feeder(redis, viewers.turn_ids)
        await feeder.begin()
        for rate in RATES:
            await feeder.words(rate, 1.0)
            viewers.delays.clear()
            await feeder.words(rate, seconds)
            delays = sorted(viewers.delays)
            half, most = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
            rows += [
                Row(f"median, {rate} appends/s", half, "ms"),
                Row(f"p99, {rate} appends/s", most, "ms", aim=at_most(0.05)),
            ]
    return rows
