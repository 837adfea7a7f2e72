"""What a system still holds when every turn has ended: it should be nothing."""

import re
import urllib.request
from functools import partial
from typing import Any, cast

from redis import Redis
from turnstream.redis import topology
from turnstream_devstack.stack import Stack

from tests.support.waiting import wait_until

LASTING = frozenset({topology.JOBS, topology.TOOL_CALLS, topology.SERVER_CALLS})
"""The streams of work: bounded in length, kept for ever, empty when all is done."""

GAUGES = ("turnstream_viewers", "turnstream_watched_turns", "turnstream_turns_running")


def leftovers(stack: Stack) -> list[str]:
    """One line for each thing that was left behind."""
    found: list[str] = []
    for name, service in stack.services.items():
        for gauge in GAUGES:
            try:
                wait_until(partial(_idle, service.url, gauge), timeout=15)
            except AssertionError:
                found.append(f"{name}: {gauge} is {_gauge(service.url, gauge)}")
    with Redis.from_url(stack.redis_url) as redis:
        found += _in_redis(redis)
    return found


def _idle(url: str, gauge: str) -> bool:
    return _gauge(url, gauge) in (None, 0.0)


def _gauge(url: str, name: str) -> float | None:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as response:
        match = re.search(rf"^{name} (\S+)$", response.read().decode(), re.MULTILINE)
    return float(match[1]) if match else None


def _in_redis(redis: Any) -> list[str]:
    found = []
    for key in cast("list[bytes]", list(redis.scan_iter(count=1000))):
        name = key.decode()
        if name in LASTING:
            if redis.xlen(key):
                found.append(f"redis: {redis.xlen(key)} entries left in {name}")
        elif redis.ttl(key) < 0:
            found.append(f"redis: {name} has no TTL")
    return found
