"""A log writer and a Redis that loses things: what is written, and who finds out."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from turnstream.contracts.turns import TurnStatus
from turnstream.redis.client import command_client
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, Position
from turnstream.redis.log_servers import one_server
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.output.flush_window import FlushWindow
from turnstream_worker.output.flusher import Flusher
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.output.sealed_log import SealedLog
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.writes import Writes

from tests.support.servers.shared import empty_redis
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt

TURN = "turn_1"
HELLO = {
    "type": "thread.item.updated",
    "item_id": "msg_1",
    "update": {
        "type": "assistant_message.content_part.text_delta",
        "content_index": 0,
        "delta": "Hello",
    },
}
SETTINGS = WorkerSettings(flush_window=timedelta(milliseconds=25))


class TakenOverMeanwhile(EventLog):
    """A log that was lost, and that the next attempt writes again just when its loss is noticed."""

    async def refresh(self, turn_id: str) -> bool:
        await self.drop(turn_id)
        there = await super().refresh(turn_id)
        await self.seed(turn_id, [Entry(Position(2, 0), Kind.ATTEMPT, b": attempt 2\n\n")])
        return there


class Counted(EventLog):
    """A log that knows how often something was appended to it."""

    appends = 0

    async def append(
        self, turn_id: str, entries: Sequence[Entry], *, after: Position | None = None
    ) -> None:
        self.appends += 1
        await super().append(turn_id, entries, after=after)


@pytest.fixture
def redis(redis_url: str) -> Iterator[str]:
    """A Redis database for one test."""
    with empty_redis(redis_url) as database:
        yield database


@pytest.fixture
async def connection(redis: str) -> AsyncIterator[Redis]:
    """A client of it."""
    client = command_client(redis)
    yield client
    await client.aclose()


@pytest.fixture
def event_log(connection: Redis) -> EventLog:
    """The event logs in it."""
    return EventLog(one_server(connection))


def writer_of(attempt: Attempt, log: EventLog, settings: WorkerSettings = SETTINGS) -> LogWriter:
    """A writer whose attempt stores nothing, opened with no earlier log."""
    writer = LogWriter(log, attempt, Writes(MemoryStore(), attempt), settings)
    writer.open([], [], [])
    return writer


async def test_a_silent_attempt_learns_that_its_lost_log_is_somebody_elses(
    connection: Redis,
) -> None:
    """It looks after its log now and then: what it meets there ends the attempt."""
    attempt, sealed = an_attempt(), SealedLog(1)
    flusher = Flusher(
        TakenOverMeanwhile(one_server(connection)), attempt, sealed, FlushWindow(0.025)
    )
    sent = sealed.open([], [], [])
    sealed.add(b'{"type":"seen"}')
    flusher.start(sent, at_once=False, refresh=0.05)
    flusher.wake()

    async with asyncio.timeout(10):
        assert await attempt.interrupted() is Interruption.LOST
        await flusher.stop()


async def test_a_lost_log_is_written_again_under_the_same_positions(event_log: EventLog) -> None:
    """A viewer that stands in the middle of it goes on as if nothing had happened."""
    writer = writer_of(an_attempt(), event_log)
    writer.write({"type": "first"})
    assert await writer.flush(10)
    before = await event_log.read_all(TURN)

    await event_log.drop(TURN)
    writer.write({"type": "second"})
    assert await writer.flush(10)

    after = await event_log.read_all(TURN)
    assert after[: len(before)] == before
    assert [entry.position for entry in after][-1] == Position(1, 2)
    await writer.abandon()


async def test_an_attempt_that_showed_nothing_is_flushed_at_once(event_log: EventLog) -> None:
    """It opens with its first event; without one, nobody may wait for it in vain."""
    writer = writer_of(an_attempt(), event_log)

    assert await writer.flush(10)

    assert await event_log.newest(TURN) == Position(1, 0)
    assert await writer.close(TurnStatus.CANCELLED, 10)


async def test_the_first_text_takes_along_what_came_before_it(connection: Redis) -> None:
    """And waits for nothing itself: an attempt that begins to talk at once begins its log so."""
    log = Counted(one_server(connection))
    await log.seed(TURN, [Entry(OPENING, Kind.EVENTS, b"")])
    writer = writer_of(an_attempt(), log, WorkerSettings(flush_window=timedelta(seconds=60)))
    writer.write({"type": "stream_options"})
    writer.write(HELLO)

    await wait_until_async(lambda: log.appends == 1)
    assert await writer.flush(10)

    assert await log.newest(TURN) == Position(1, 2)
    assert log.appends == 1
    await writer.abandon()


async def test_what_comes_first_does_not_wait_for_text(event_log: EventLog) -> None:
    """After one window it is shown, whatever the model is thinking."""
    writer = writer_of(an_attempt(), event_log)
    writer.write({"type": "stream_options"})

    async def shown() -> bool:
        return await event_log.newest(TURN) == Position(1, 1)

    await wait_until_async(shown)
    await writer.abandon()
