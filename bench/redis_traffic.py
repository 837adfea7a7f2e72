"""What a turn writes to Redis: commands and bytes sent, and memory that they take."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from redis import Redis, RedisError
from turnstream.redis import topology

from bench.load import RoundResult
from bench.rows import Row
from bench.servers.subjects import Subject, redis_url

_READS = frozenset(
    {"ping", "hello", "client", "select", "info", "monitor", "subscribe", "ssubscribe"}
    | {"unsubscribe", "sunsubscribe", "get", "exists", "xrange", "xrevrange", "xread", "xinfo"}
    | {"script", "xreadgroup", "xpending", "multi", "exec", "scan", "memory", "command", "ttl"}
    | {"xlen"}
)
"""Everything else changes something. A blocking `XREADGROUP` is a wait, whatever it brings."""


_IDLE = 10.0
"""Seconds of listening to an idle subject: several rounds of all that it does by the clock."""
_SILENCE = 10.0
"""Seconds without a command after which a Redis is not in use by anybody."""


@dataclass(frozen=True)
class RedisTraffic:
    """The traffic of one turn, on average over those that were counted."""

    writes: dict[str, float]
    """The writes by command; a script is one, whatever it calls."""
    bytes: float
    """Sent to Redis by everyone: writes, reads and waits."""
    memory: float
    """The memory of the turn's event log."""

    def rows(self) -> list[Row]:
        """The rows of a table in which nobody else has any."""
        return [
            Row("Redis writes per turn", sum(self.writes.values())),
            Row("bytes sent to Redis per turn", self.bytes, "KB"),
            Row("Redis memory of a turn's log", self.memory, "KB"),
        ]


def traffic_of(subject: Subject, run: Callable[[], RoundResult]) -> RedisTraffic:
    """What `run`, some turns and nothing else, makes the subject send.

    Writes that the subject makes all the time, with turns or without, are counted before and left
    out: they cost the same whatever a turn does.
    """
    url = redis_url(subject)
    with Redis.from_url(url) as redis:
        with Monitor(url) as idle:
            time.sleep(_IDLE)
        logs, before = _logs(redis), _received(redis)
        began = time.monotonic()
        with Monitor(url) as monitor:
            turns = len(run().timings)
        share = (time.monotonic() - began) / _IDLE
        sent = _received(redis) - before
        memory = [int(redis.memory_usage(key, samples=0) or 0) for key in _logs(redis) - logs]
    writes = {
        name: max(0.0, count - idle.writes[name] * share) / turns
        for name, count in monitor.writes.most_common()
    }
    return RedisTraffic(writes, sent / turns, statistics.median(memory))


def _received(redis: "Redis") -> int:
    return int(redis.info("stats")["total_net_input_bytes"])


def _logs(redis: "Redis") -> set[bytes]:
    pattern = topology.log_key("*").replace("{", "\\{").replace("}", "\\}")
    return set(redis.scan_iter(match=pattern, count=1000))


class Monitor:
    """Counts the writes of every client while the block runs; a script is one of them."""

    def __init__(self, url: str) -> None:
        # Services that wait for work send something every second; a timeout ends the listening.
        self._redis = Redis.from_url(url, socket_timeout=_SILENCE)
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.writes: Counter[str] = Counter()
        self._failure: RedisError | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._redis.close()
        if self._failure is not None:
            raise self._failure

    def _listen(self) -> None:
        try:
            self._count()
        except RedisError as error:
            self._failure = error

    def _count(self) -> None:
        with self._redis.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py
            self._started.set()
            while not self._stopping.is_set():
                seen = monitor.next_command()
                name = seen["command"].split(" ", 1)[0].lower()
                if seen["client_type"] != "lua" and name not in _READS:
                    self.writes[name] += 1
