"""What a turn writes to Redis, counted as commands that cross the wire."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

from redis import Redis

_READS = frozenset(
    {"ping", "hello", "client", "select", "info", "monitor", "subscribe", "ssubscribe"}
    | {
        "unsubscribe",
        "sunsubscribe",
        "get",
        "exists",
        "xrange",
        "xrevrange",
        "xread",
        "xinfo",
        "script",
    }
    | {"xreadgroup", "xpending", "multi", "exec", "scan", "memory", "command", "ttl", "xlen"}
)
"""Everything else changes something. A blocking `XREADGROUP` is a wait, whatever it brings."""


class Monitor:
    """Counts the writes of every client while the block runs; a script is one of them."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=0.5)
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.writes: Counter[str] = Counter()

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

    def _listen(self) -> None:
        with self._redis.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis-py
            self._started.set()
            while not self._stopping.is_set():
                try:
                    seen = monitor.next_command()
                except TimeoutError:
                    continue
                name = seen["command"].split(" ", 1)[0].lower()
                if seen["client_type"] != "lua" and name not in _READS:
                    self.writes[name] += 1
