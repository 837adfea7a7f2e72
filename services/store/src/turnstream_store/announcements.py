"""What the rest of the system must hear once a transaction has committed.

Rules return announcements; the edge publishes them after the commit. All are hints: if Redis is
away they are lost, and the sweeper, the lease renewals and the relays find out by themselves.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import orjson
from faststream.redis import RedisBroker
from redis.exceptions import RedisError
from starlette.background import BackgroundTask
from turnstream.contracts.jobs import CancelTurn, RunTurn
from turnstream.contracts.turns import CancelReason, Json, TurnStatus
from turnstream.http import sse
from turnstream.redis import topology
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, Position
from turnstream.telemetry import get_logger, traceparent

log = get_logger(__name__)

PUBLISH_PATIENCE = 1.0
"""Seconds that one publishing may take. What was committed is safe; only promptness is lost."""


@dataclass(frozen=True)
class JobReady:
    """A queued turn may run: wake a worker."""

    turn_id: str


@dataclass(frozen=True)
class TurnOpened:
    """A turn was accepted: its log begins with this entry."""

    turn_id: str
    entry: Entry


@dataclass(frozen=True)
class CancelRequested:
    """A running turn must stop: tell whoever runs it."""

    turn_id: str
    reason: CancelReason


@dataclass(frozen=True)
class TurnClosed:
    """The store itself ended a turn: show its viewers the last events and the end."""

    turn_id: str
    attempt: int
    """The attempt under which the end is written; it fences every earlier writer."""
    status: TurnStatus
    opening: list[Json]
    events: list[Json]


@dataclass(frozen=True)
class LogDropped:
    """A turn that had ended runs again: its old log, with its old end, must not be followed."""

    turn_id: str


@dataclass(frozen=True)
class TurnDeleted:
    """A turn is gone with its thread: its viewers see the end, and its log tells nothing more."""

    turn_id: str
    attempt: int
    """The attempt under which the end is written; it fences the worker that still writes."""


Announcement = JobReady | LogDropped | TurnDeleted | TurnOpened | CancelRequested | TurnClosed


class Announcer:
    """Publishes announcements."""

    def __init__(self, broker: RedisBroker, event_log: EventLog) -> None:
        self._broker = broker
        self._log = event_log

    def after(self, announcements: Sequence[Announcement]) -> BackgroundTask | None:
        """For a response: publishes once it is sent. Whoever asked need not wait, for what counts
        is committed. There are never more under way than were committed in `PUBLISH_PATIENCE`.
        """
        return _Publishing(self, announcements) if announcements else None

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """Publish all of them, or give up after `PUBLISH_PATIENCE` and log it. Never raises."""
        if not announcements:
            return
        try:
            async with asyncio.timeout(PUBLISH_PATIENCE):
                await asyncio.gather(*(self._publish(each) for each in announcements))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("announcements were not published", error=str(error))

    async def _publish(self, announcement: Announcement) -> None:
        match announcement:
            case JobReady(turn_id):
                job = RunTurn(turn_id=turn_id, traceparent=traceparent())
                await self._broker.publish(job, stream=topology.JOBS, maxlen=topology.STREAM_LIMIT)
            case TurnOpened(turn_id, entry):
                await self._seed(turn_id, [entry])
            case CancelRequested(turn_id, reason):
                message = CancelTurn(turn_id=turn_id, reason=reason)
                await self._broker.publish(message, channel=topology.TURN_CONTROL)
            case LogDropped(turn_id):
                await self._log.drop(turn_id)
            case TurnDeleted(turn_id, attempt):
                # First the fence, then the forgetting: a worker that finds its log gone would
                # write it again.
                ended = TurnClosed(turn_id, attempt, TurnStatus.CANCELLED, [], [])
                await self._seed(turn_id, closing_entries(ended))
                await self._log.forget_before(turn_id, Position(attempt, 0))
            case TurnClosed():
                await self._seed(announcement.turn_id, closing_entries(announcement))
            case _:
                assert_never(announcement)

    async def _seed(self, turn_id: str, entries: Sequence[Entry]) -> None:
        try:
            await self._log.seed(turn_id, entries)
        except LogFenced:
            log.info("log has moved on, announcement skipped", turn_id=turn_id)


class _Publishing(BackgroundTask):
    """Starlette's own would find out first what kind of function it was given."""

    def __init__(self, announcer: Announcer, announcements: Sequence[Announcement]) -> None:
        self._announcer, self._announcements = announcer, announcements

    async def __call__(self) -> None:
        # Whoever was answered may have been woken on this core, where the kernel leaves them until
        # we wait for something: in one of ten first events that was a millisecond.
        os.sched_yield()
        await self._announcer.publish(self._announcements)


def opening_entry(opening: Sequence[Json]) -> Entry:
    """The first entry of a log: what the acceptance shows."""
    events = [orjson.dumps(event) for event in opening]
    return Entry(OPENING, Kind.EVENTS, sse.frames(OPENING, events))


def closing_entries(closed: TurnClosed) -> list[Entry]:
    """The opening, in case the log is gone, then the last events and the end."""
    place, end = Position(closed.attempt, 0), Position(closed.attempt, 1)
    events = [orjson.dumps(event) for event in closed.events]
    return [
        opening_entry(closed.opening),
        Entry(place, Kind.ATTEMPT, sse.frames(place, events)),
        Entry(end, Kind.end(closed.status), sse.end_frame(end, closed.status)),
    ]
