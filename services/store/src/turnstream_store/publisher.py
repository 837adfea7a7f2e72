"""Publishes announcements after the commit."""

import asyncio
from collections.abc import Sequence
from typing import assert_never

import orjson
from fastapi import BackgroundTasks
from faststream.redis import RedisBroker
from redis.exceptions import RedisError, ResponseError
from turnstream.contracts.jobs import CancelTurn, ForgetSecret, RunTurn
from turnstream.contracts.turns import TurnStatus
from turnstream.http import sse
from turnstream.redis import topology
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, Position
from turnstream.telemetry import get_logger

from turnstream_store.announcements import (
    Announcement,
    CancelRequested,
    JobReady,
    LogDropped,
    SecretEnded,
    TurnClosed,
    TurnDeleted,
    TurnOpened,
    opening_frames,
)

log = get_logger(__name__)

PUBLISH_TIMEOUT = 1.0
"""Seconds that one publishing may take. What was committed is safe; only promptness is lost."""


class Announcer:
    """Publishes announcements on Redis: jobs, control messages and entries of event logs."""

    def __init__(self, broker: RedisBroker, event_log: EventLog) -> None:
        self._broker = broker
        self._log = event_log

    @property
    def event_log(self) -> EventLog:
        """The logs that it writes to."""
        return self._log

    def after(self, announcements: Sequence[Announcement]) -> BackgroundTasks:
        """What publishes them once a response is sent."""
        tasks = BackgroundTasks()
        if announcements:
            tasks.add_task(self.publish, announcements)
        return tasks

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """Publish all of them, or give up after `PUBLISH_TIMEOUT` and log it. Never raises."""
        if not announcements:
            return
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT):
                await asyncio.gather(*(self._publish(each) for each in announcements))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("announcements were not published", error=str(error))

    async def has_jobs(self, enough: int) -> bool:
        """True when so many jobs wait for a worker in the stream. Also while Redis does not answer:
        then none can be published either.
        """
        try:
            redis = await self._broker.connect()
            groups = {each["name"]: each for each in await redis.xinfo_groups(topology.JOBS)}
            workers = groups.get(topology.WORKERS.encode())
            behind = f"({workers['last-delivered-id'].decode()}" if workers else "-"
            waiting = await redis.xrange(topology.JOBS, behind, "+", count=enough)
        except ResponseError:  # there is no stream yet
            return False
        except (RedisError, OSError):
            return True
        return len(waiting or ()) >= enough

    async def _publish(self, announcement: Announcement) -> None:
        match announcement:
            case JobReady(turn_id, tenant):
                job = RunTurn(turn_id=turn_id, tenant=tenant)
                await self._broker.publish(job, stream=topology.JOBS, maxlen=topology.STREAM_LIMIT)
            case TurnOpened(turn_id, frames):
                await self._seed(turn_id, [Entry(OPENING, Kind.EVENTS, frames)])
            case CancelRequested(turn_id, reason):
                message = CancelTurn(turn_id=turn_id, reason=reason)
                await self._broker.publish(message, channel=topology.TURN_CONTROL)
            case SecretEnded(id_):
                await self._broker.publish(ForgetSecret(id=id_), channel=topology.REVOKED)
            case LogDropped(turn_id):
                await self._log.drop(turn_id)
            case TurnDeleted(turn_id, attempt):
                # The fence comes before the deletion: a worker that finds no log writes a new one.
                ended = TurnClosed(turn_id, attempt, TurnStatus.CANCELLED, [], [])
                await self._seed(turn_id, _closing_entries(ended))
                await self._log.forget_before(turn_id, Position(attempt, 0))
            case TurnClosed():
                await self._seed(announcement.turn_id, _closing_entries(announcement))
            case _:
                assert_never(announcement)

    async def _seed(self, turn_id: str, entries: Sequence[Entry]) -> None:
        try:
            await self._log.seed(turn_id, entries)
        except LogFenced:
            log.info("log has moved on, announcement skipped", turn_id=turn_id)


def _closing_entries(closed: TurnClosed) -> list[Entry]:
    """The opening, in case the log is gone, then the last events and the end."""
    start, end = Position(closed.attempt, 0), Position(closed.attempt, 1)
    events = [orjson.dumps(event) for event in closed.events]
    return [
        Entry(OPENING, Kind.EVENTS, opening_frames(closed.opening)),
        Entry(start, Kind.ATTEMPT, sse.frames(start, events)),
        Entry(end, Kind.end(closed.status), sse.end_frame(end, closed.status)),
    ]
