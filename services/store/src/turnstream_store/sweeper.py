"""The sweeper: duties that no request asks for, each done again and again.

Any number of stores may sweep at once: every duty takes its rows with SKIP LOCKED, or decides by
the row's lock and attempt. `turnstream_store.duties` lists what there is to do.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from prometheus_client import Counter, Gauge, Summary
from redis.asyncio import Redis
from turnstream.errors import TurnstreamError, Unavailable
from turnstream.files.blobs import Blobs
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import LogServers
from turnstream.telemetry import get_logger

from turnstream_store.database.pools import Database
from turnstream_store.publisher import Announcer
from turnstream_store.settings import StoreSettings
from turnstream_store.turns.acceptance.under_way import AcceptancesUnderWay

log = get_logger(__name__)
K = TypeVar("K")

FAILURES = Counter(
    "turnstream_sweep_failures", "Duties of the sweeper that failed, or one row of them.", ["duty"]
)
SECONDS = Summary(
    "turnstream_sweep_seconds", "Batches of the sweeper's duties, and how long they took.", ["duty"]
)
SWEPT = Gauge(
    "turnstream_sweep_last_success_timestamp_seconds",
    "When a duty of the sweeper last did a batch without a failure.",
    ["duty"],
)
BATCH = 200
"""Rows that a duty takes at once, so that it holds no lock for long."""
_JITTER = 0.2


@dataclass(frozen=True)
class SweeperServices:
    """What duties work with."""

    database: Database
    announcer: Announcer
    event_log: EventLog
    logs: LogServers
    """The servers that have the event logs."""
    jobs: Redis
    """The server that has the streams of jobs and calls, and the rates; often the same."""
    blobs: Blobs
    settings: StoreSettings
    acceptances: AcceptancesUnderWay = field(default_factory=AcceptancesUnderWay)


class Duty(NamedTuple):
    """Something that has to be done regularly, a batch at a time."""

    name: str
    """What logs and the metric call it."""
    interval: timedelta
    """Rest between two batches, when the first has left nothing behind."""
    sweep: Callable[[SweeperServices], Awaitable[bool]]
    """Does one batch. True when there is more to do: then the next batch does not wait for the
    interval, only for the other duties."""


class Cursor(Generic[K]):
    """The place in a list at which a duty continues: it takes its rows in pages, by ascending key.

    A row that cannot be handled stays in the list. However many of them there are, they hide no
    other row: each page begins after the row that was noted last, and after the last page the
    first one follows again.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        """Rows of a page."""
        self.after: K | None = None
        """The key of the last row; None for the first page. Note a row before it is handled, which
        may end the page."""

    def more(self, found: int) -> bool:
        """True if another page may follow one with so many rows."""
        if found < self.size:
            self.after = None
        return found == self.size


class Sweeper:
    """Does its duties one after another, each when it is due, until it is cancelled.

    No duty stops another: one that fails is logged, counted and tried again after its interval, and
    one that lasts longer than `timeout` is cancelled, which counts as a failure.
    """

    def __init__(
        self, services: SweeperServices, duties: Sequence[Duty], timeout: timedelta
    ) -> None:
        self._services = services
        self.duties = duties
        self._timeout = timeout.total_seconds()
        for duty in duties:
            FAILURES.labels(duty.name)  # an alert needs the 0 before the first failure
            SWEPT.labels(duty.name).set_to_current_time()  # and a time from which to wait for one

    async def run(self) -> None:
        """Sweep until cancelled. Stores that start together do not sweep together.

        Duties of one interval are done together: at rest each wake costs more than its duty.
        """
        first = time.monotonic() + _rest(min(duty.interval for duty in self.duties))
        due = {duty.name: first for duty in self.duties}
        while True:
            await asyncio.sleep(max(0.0, min(due.values()) - time.monotonic()))
            began = time.monotonic()
            done = [duty for duty in self.duties if due[duty.name] <= began]
            has_more = {duty.name: await self._do(duty) for duty in done}
            rests = {duty.interval: _rest(duty.interval) for duty in done}
            ended = time.monotonic()
            for duty in done:
                due[duty.name] = ended + (0 if has_more[duty.name] else rests[duty.interval])

    async def _do(self, duty: Duty) -> bool:
        try:
            with SECONDS.labels(duty.name).time():
                async with asyncio.timeout(self._timeout):
                    has_more = await duty.sweep(self._services)
            SWEPT.labels(duty.name).set_to_current_time()
            return has_more
        except (TurnstreamError, TimeoutError) as error:
            log.warning("sweep failed", duty=duty.name, error=error)
        except Exception:  # without a sweeper a dead worker's turns would wait for ever
            log.exception("sweep failed", duty=duty.name)
        FAILURES.labels(duty.name).inc()
        return False


@contextmanager
def set_apart(duty: str, **row: str) -> Iterator[None]:
    """Work on one of many rows: what is wrong with it is logged, counted, and not raised.

    `Unavailable` is raised: it is not about this row, and the next one would meet it too.
    """
    try:
        yield
    except Unavailable:
        raise
    except Exception:  # one bad row must not keep the others waiting for ever
        log.exception("row could not be swept", duty=duty, **row)
        FAILURES.labels(duty).inc()


def _rest(interval: timedelta) -> float:
    return interval.total_seconds() * random.uniform(1 - _JITTER, 1 + _JITTER)
