"""A log writer and a Redis that loses things: what is written, and who finds out."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import cast

import pytest
from chatkit.types import AssistantMessageContentPartTextDelta, ThreadItemUpdatedEvent
from turnstream.contracts.turns import TurnStatus
from turnstream.redis import topology
from turnstream.redis.client import command_client
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, Position
from turnstream.store_client import StoreClient
from turnstream_worker.attempt import Interruption
from turnstream_worker.output import log_writer
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.writes import Writes

from tests.support.servers import empty_redis
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt

TURN = "turn_1"
SETTINGS = WorkerSettings(flush_window=timedelta(milliseconds=25))
NO_WRITES = cast(StoreClient, None)
"""Nothing is stored here, so nobody is asked."""


class TakenOverMeanwhile(EventLog):
    """A log that was lost, and that the next attempt writes again just when its loss is noticed."""

    async def refresh(self, turn_id: str) -> bool:
        await self._redis.delete(topology.log_key(turn_id))
        there = await super().refresh(turn_id)
        await self.seed(turn_id, [Entry(Position(2, 0), Kind.ATTEMPT, b": attempt 2\n\n")])
        return there


class Counted(EventLog):
    """A log that knows how often something was appended to it."""

    appends = 0

    async def append(self, turn_id: str, entries: Sequence[Entry]) -> None:
        self.appends += 1
        await super().append(turn_id, entries)


@pytest.fixture
def redis(redis_url: str) -> Iterator[str]:
    """A Redis database for one test."""
    with empty_redis(redis_url) as database:
        yield database


@pytest.fixture
async def event_log(redis: str) -> AsyncIterator[EventLog]:
    """The event logs in it."""
    connection = command_client(redis)
    yield EventLog(connection)
    await connection.aclose()


async def test_a_silent_attempt_learns_that_its_lost_log_is_somebody_elses(
    event_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks after its log now and then: what it meets there ends the attempt."""
    monkeypatch.setattr(log_writer, "_REFRESH", 0.05)
    attempt = an_attempt()
    log = TakenOverMeanwhile(event_log._redis)
    writer = LogWriter(log, attempt, Writes(NO_WRITES, attempt), SETTINGS)
    await writer.open([], [], [])
    writer.write_raw(b'{"type":"seen"}')

    async with asyncio.timeout(10):
        assert await attempt.interrupted() is Interruption.LOST
        await writer.abandon()


async def test_an_attempt_that_showed_nothing_is_flushed_at_once(event_log: EventLog) -> None:
    """It opens with its first event; without one, nobody may wait for it in vain."""
    attempt = an_attempt()
    writer = LogWriter(event_log, attempt, Writes(NO_WRITES, attempt), SETTINGS)
    await writer.open([], [], [])

    assert await writer.flush(10)

    assert await event_log.newest(TURN) == Position(1, 0)
    assert await writer.close(TurnStatus.CANCELLED, 10)


async def test_the_first_text_takes_along_what_came_before_it(event_log: EventLog) -> None:
    """And waits for nothing itself: an attempt that begins to talk at once begins its log so."""
    attempt, log = an_attempt(), Counted(event_log._redis)
    patient = WorkerSettings(flush_window=timedelta(seconds=60))
    writer = LogWriter(log, attempt, Writes(NO_WRITES, attempt), patient)
    await log.seed(TURN, [Entry(OPENING, Kind.EVENTS, b"")])
    await writer.open([], [], [])
    writer.write_raw(b'{"type":"stream_options"}')
    delta = AssistantMessageContentPartTextDelta(content_index=0, delta="Hello")
    writer.write(ThreadItemUpdatedEvent(item_id="msg_1", update=delta))

    await wait_until_async(lambda: log.appends == 1)
    assert await writer.flush(10)

    assert await log.newest(TURN) == Position(1, 2)
    assert log.appends == 1
    await writer.abandon()


async def test_what_comes_first_does_not_wait_for_text(event_log: EventLog) -> None:
    """After one window it is shown, whatever the model is thinking."""
    attempt = an_attempt()
    writer = LogWriter(event_log, attempt, Writes(NO_WRITES, attempt), SETTINGS)
    await writer.open([], [], [])
    writer.write_raw(b'{"type":"stream_options"}')

    async def shown() -> bool:
        return await event_log.newest(TURN) == Position(1, 1)

    await wait_until_async(shown)
    await writer.abandon()
