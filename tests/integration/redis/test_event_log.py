"""One suite for every backing of the event log: in Redis, and in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from turnstream.redis import topology
from turnstream.redis.client import command_client
from turnstream.redis.event_log import (
    APPEND_LIMIT,
    OPENING,
    PAGE,
    Entry,
    EventLog,
    Kind,
    LogFenced,
    LogLost,
    Position,
)
from turnstream.redis.log_servers import one_server
from turnstream.testing import MemoryEventLog

from tests.support.servers.shared import empty_redis

TURN, OTHER = "turn_1", "turn_2"
OPENED = Entry(OPENING, Kind.EVENTS, b"opened")

Hearing = Callable[[], AbstractAsyncContextManager[list[bytes]]]
"""Hears what is announced of the turn meanwhile, as the frames that its viewers get."""


class Backing:
    """A log, and how to hear what it announces."""

    def __init__(self, log: EventLog, hearing: Hearing) -> None:
        self.log = log
        self.hearing = hearing


@pytest.fixture(params=["redis", "memory"])
async def backing(request: pytest.FixtureRequest) -> AsyncIterator[Backing]:
    """Where the logs are kept."""
    if request.param == "memory":
        yield _in_memory()
        return
    with empty_redis(request.getfixturevalue("redis_url")) as url:
        async with _in_redis(url) as made:
            yield made


@pytest.fixture
def log(backing: Backing) -> EventLog:
    """Logs without an entry."""
    return backing.log


def _in_memory() -> Backing:
    log = MemoryEventLog()

    @asynccontextmanager
    async def hearing() -> AsyncIterator[list[bytes]]:
        heard: list[bytes] = []
        with log.listening(lambda turn, entry: heard.append(entry.frames)):
            yield heard

    return Backing(log, hearing)


@asynccontextmanager
async def _in_redis(url: str) -> AsyncIterator[Backing]:
    client = command_client(url)

    @asynccontextmanager
    async def hearing() -> AsyncIterator[list[bytes]]:
        heard: list[bytes] = []
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(topology.log_channel(TURN), "end")
            yield heard
            await client.publish("end", b"")  # what was announced before it has come before it
            while True:
                message = await channel.get_message(timeout=10)
                if message is not None and message["channel"] == b"end":
                    return
                if message is not None:
                    heard.append(message["data"].partition(b"\n")[2])

    yield Backing(EventLog(one_server(client)), hearing)
    await client.aclose()


def entry(attempt: int, seq: int, kind: str = Kind.EVENTS) -> Entry:
    return Entry(Position(attempt, seq), kind, b"%d-%d;" % (attempt, seq))


def attempt(number: int, count: int) -> list[Entry]:
    """What an attempt writes: its opening, and so many events."""
    return [entry(number, 0, Kind.ATTEMPT), *(entry(number, seq + 1) for seq in range(count))]


async def opened(log: EventLog) -> None:
    """Begin the log, as the store does."""
    await log.seed(TURN, [OPENED])


async def test_what_is_appended_is_read_in_order(log: EventLog) -> None:
    """All of it, from behind a position, from one on, and as many as are asked for."""
    await opened(log)
    written = attempt(1, 3)
    await log.append(TURN, written[:1])
    await log.append(TURN, written[1:])

    assert await log.read_all(TURN) == [OPENED, *written]
    assert await log.read(TURN) == [OPENED, *written]
    assert await log.read(TURN, after=Position(1, 1)) == written[2:]
    assert await log.read(TURN, after=OPENING, count=2) == written[:2]
    assert await log.read_from(TURN, Position(1, 1)) == written[1:]
    assert await log.read_from(TURN, None) == [OPENED, *written]
    assert await log.newest(TURN) == Position(1, 3)


async def test_a_position_that_never_was_is_read_behind(log: EventLog) -> None:
    """The first entry tells that the log can't be resumed there."""
    await opened(log)
    await log.append(TURN, attempt(2, 2))
    assert await log.read_from(TURN, Position(1, 7)) == attempt(2, 2)
    assert await log.read_from(TURN, Position(900, 1)) == []


async def test_a_long_log_is_read_page_by_page(log: EventLog) -> None:
    """No read takes more than a page; an append may be longer than one step of Redis takes."""
    written = attempt(1, PAGE + APPEND_LIMIT)
    await log.seed(TURN, written)

    assert await log.read_all(TURN) == written
    assert await log.read(TURN) == await log.read_from(TURN, None) == written[:PAGE]


async def test_a_log_that_is_not_there_is_empty(log: EventLog) -> None:
    """It is begun by a seed alone. Each turn has its own."""
    assert await log.read_all(TURN) == await log.read(TURN) == []
    assert await log.read_from(TURN, OPENING) == []
    assert await log.newest(TURN) is None
    assert not await log.refresh(TURN)
    for entries in (attempt(1, 1), attempt(1, 2)[2:]):
        with pytest.raises(LogLost):
            await log.append(TURN, entries)
    await opened(log)
    assert await log.refresh(TURN)
    assert await log.read_all(OTHER) == []


async def test_an_append_that_comes_again_changes_nothing(log: EventLog) -> None:
    """Nor does one that begins with what is there, and goes on."""
    await opened(log)
    written = attempt(1, 3)
    for entries in (written[:2], written[:2], written[1:], written):
        await log.append(TURN, entries, after=OPENING)
    await log.append(TURN, [])

    assert await log.read_all(TURN) == [OPENED, *written]


async def test_a_superseded_attempt_is_fenced(log: EventLog) -> None:
    """What it wrote in time stays, and counts as done when it comes again."""
    await opened(log)
    await log.append(TURN, attempt(1, 1))
    await log.append(TURN, attempt(2, 0))

    for zombie in (log.append, log.seed):
        with pytest.raises(LogFenced):
            await zombie(TURN, [entry(1, 2)])
    await log.append(TURN, attempt(1, 1), after=OPENING)

    assert await log.read_all(TURN) == [OPENED, *attempt(1, 1), *attempt(2, 0)]


async def test_a_log_that_lacks_its_end_is_lost(log: EventLog) -> None:
    """What was there before is the position before the first, or the one that the writer names."""
    await opened(log)
    await log.append(TURN, attempt(1, 1))

    with pytest.raises(LogLost):
        await log.append(TURN, [entry(1, 3)])
    with pytest.raises(LogLost):
        await log.append(TURN, attempt(2, 0), after=Position(1, 2))
    await log.append(TURN, attempt(2, 0), after=Position(1, 1))

    assert await log.read_all(TURN) == [OPENED, *attempt(1, 1), *attempt(2, 0)]


async def test_a_lost_log_is_seeded_under_the_same_positions(log: EventLog) -> None:
    """With entries of several attempts, and as often as anyone likes."""
    whole = [OPENED, *attempt(1, 2), *attempt(2, 2)]
    await log.seed(TURN, whole)
    await log.drop(TURN)
    assert await log.read_all(TURN) == []

    for _ in range(2):
        await log.seed(TURN, whole)
    await log.append(TURN, [entry(2, 3)])

    assert await log.read_all(TURN) == [*whole, entry(2, 3)]


async def test_what_is_forgotten_is_not_written_again(log: EventLog) -> None:
    """Positions go on behind the last one, though no entry is left."""
    await log.seed(TURN, [OPENED, *attempt(1, 3)])
    await log.forget_before(TURN, Position(1, 2))
    assert await log.read_all(TURN) == [entry(1, 2), entry(1, 3)]

    await log.forget_before(TURN, Position(2, 0))

    assert await log.newest(TURN) is None
    assert await log.refresh(TURN)
    with pytest.raises(LogFenced):
        await log.seed(TURN, [entry(1, 3)])
    with pytest.raises(LogLost):
        await log.append(TURN, [entry(1, 4)])
    await log.append(TURN, attempt(2, 0))
    assert await log.read_all(TURN) == attempt(2, 0)


async def test_each_entry_is_announced_once(backing: Backing) -> None:
    """Not when it comes again, and not when a log is written anew without a word."""
    log = backing.log
    await opened(log)
    async with backing.hearing() as heard:
        await log.append(TURN, attempt(1, 2))
        await log.append(TURN, attempt(1, 2), after=OPENING)
        await log.append(TURN, [entry(1, 3)])
        await log.drop(TURN)
        await log.seed(TURN, [OPENED, *attempt(1, 3)], announce=False)
        await log.seed(TURN, [entry(1, 4)])

    assert b"".join(heard) == b"1-0;1-1;1-2;1-3;1-4;"
