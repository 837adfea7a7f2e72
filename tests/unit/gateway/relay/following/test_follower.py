"""A follower's states: what each happening leads to, and what the viewer is sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus, TurnView
from turnstream.errors import NotFound, Unavailable
from turnstream.http import sse
from turnstream.redis.client import RedisError
from turnstream.redis.event_log import OPENING, PAGE, Entry, Kind, Position
from turnstream_gateway.relay.following import pauses
from turnstream_gateway.relay.following.follower import Sources, State, TurnFollower
from turnstream_gateway.relay.following.listener import Announcement, Listener
from turnstream_gateway.relay.following.store_query_rate import StoreQueryRate
from turnstream_gateway.relay.viewer import Viewer

TURN = "turn_1"
LOOK = None
"""What the hub announces when something may have been missed."""


def at(attempt: int, seq: int) -> Position:
    return Position(attempt, seq)


def entry(attempt: int, seq: int, kind: str = Kind.EVENTS) -> Entry:
    """An entry whose bytes name its position."""
    position = at(attempt, seq)
    if (status := Kind.status_of(kind)) is not None:
        return Entry(position, kind, sse.end_frame(position, status))
    return Entry(position, kind, sse.frames(position, [str(position).encode()]))


def told(*entries: Entry) -> Announcement:
    """The announcement of one append."""
    frames = b"".join(each.frames for each in entries)
    return Announcement(entries[0].position, entries[-1].position, entries[-1].kind, frames)


END = entry(1, 2, Kind.end(TurnStatus.COMPLETED))
FIRST, SECOND = entry(1, 0, Kind.ATTEMPT), entry(1, 1)


@dataclass
class PlayedLog:
    """A log that holds these entries, or a Redis that is away."""

    entries: Sequence[Entry] = ()
    away: bool = False
    looks: int = 0

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        self.looks += 1
        if self.away:
            raise RedisError("away")
        held = [each for each in self.entries if position is None or each.position >= position]
        return held[:PAGE]

    async def exists(self, turn_id: str) -> bool:
        return bool(self.entries)


@dataclass
class PlayedTurns:
    """A store in which the turn has a status, is gone (None), or that is away."""

    status: TurnStatus | None = TurnStatus.RUNNING
    away: bool = False
    questions: int = field(default=0)

    async def show(self, owner: Owner, turn_id: str) -> TurnView:
        self.questions += 1
        if self.away:
            raise Unavailable
        if self.status is None:
            raise NotFound
        now = datetime.now(UTC)
        return TurnView(
            turn_id=turn_id,
            thread_id="thr_1",
            kind="threads.create",
            status=self.status,
            attempt=1,
            accepted_at=now,
        )

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        return b'["stored"]'


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits: each silence is over at once, and each doubt is asked about."""
    for name in ("SILENCE", "ASK_AFTER", "MISSING"):
        monkeypatch.setattr(pauses, name, 0.0)


def follower(
    after: Position | None,
    log: PlayedLog | None = None,
    turns: PlayedTurns | None = None,
    *,
    announced: Sequence[Announcement | None] = (),
    resumable: bool = False,
) -> TurnFollower:
    """A follower that has made no step yet."""
    listener = Listener(b"", lambda _: None)
    for each in announced:
        listener.push(each)
    viewer = Viewer(Owner("default", "alice"), TURN, resumable, heartbeat=60)
    sources = Sources(log or PlayedLog(), turns or PlayedTurns())
    return TurnFollower(sources, viewer, listener, after)


@pytest.mark.parametrize(
    ("after", "state"),
    [(None, State.NO_LOG), (OPENING, State.NO_LOG), (at(1, 1), State.UNCHECKED)],
)
def test_a_viewer_begins(after: Position | None, state: State) -> None:
    """Only a position that a client names has to be found in the log first."""
    assert follower(after).state is state


@pytest.mark.parametrize(
    ("after", "announced", "sent", "state"),
    [
        (OPENING, [told(FIRST)], FIRST.frames, State.LIVE),
        (OPENING, [told(FIRST, SECOND)], FIRST.frames + SECOND.frames, State.LIVE),
        (OPENING, [told(FIRST), told(SECOND)], FIRST.frames + SECOND.frames, State.LIVE),
        (OPENING, [LOOK, told(FIRST)], FIRST.frames, State.LIVE),
        (OPENING, [told(FIRST), LOOK], FIRST.frames, State.BEHIND),
        (OPENING, [told(FIRST), told(entry(1, 5))], FIRST.frames, State.BEHIND),
        (OPENING, [told(FIRST), told(FIRST)], FIRST.frames, State.LIVE),
        (
            OPENING,
            [told(FIRST, SECOND, END)],
            b"".join(each.frames for each in (FIRST, SECOND, END)),
            State.ENDED,
        ),
    ],
    ids=["next", "several", "one by one", "look first", "look after", "gap", "twice", "end"],
)
async def test_announcements_move_a_viewer_on(
    after: Position, announced: list[Announcement | None], sent: bytes, state: State
) -> None:
    """What continues is passed on as it came, without a look into the log."""
    log = PlayedLog()
    following = follower(after, log, announced=announced)

    assert await following.step() == sent
    assert following.state is state
    assert log.looks == 0


async def test_a_viewer_who_hears_the_opening_need_not_read_the_log() -> None:
    """It is announced a moment after the confirmation of a subscription made before it."""
    log, listener = PlayedLog(), Listener(b"", lambda _: None)
    listener.push(LOOK)
    viewer = Viewer(Owner("default", "alice"), TURN, resumable=False, heartbeat=60)
    following = TurnFollower(Sources(log, PlayedTurns()), viewer, listener, OPENING)

    asyncio.get_running_loop().call_soon(listener.push, told(entry(0, 1)))
    assert await following.step() == b""
    assert (following.state, log.looks) == (State.LIVE, 0)


async def test_a_viewer_who_does_not_hear_the_opening_reads_the_log() -> None:
    """It was announced before the subscription stood."""
    log = PlayedLog([entry(0, 1), FIRST])

    assert await follower(OPENING, log, announced=[LOOK]).step() == FIRST.frames
    assert log.looks == 1


LONG = [entry(1, seq) for seq in range(PAGE + 1)]


@pytest.mark.parametrize(
    ("after", "entries", "sent", "state"),
    [
        (OPENING, [], b"", State.NO_LOG),
        (None, [FIRST], FIRST.frames, State.LIVE),
        (at(1, 0), [FIRST, SECOND], SECOND.frames, State.LIVE),
        (at(1, 1), [FIRST, SECOND], b"", State.LIVE),
        (None, LONG, b"".join(each.frames for each in LONG[:PAGE]), State.BEHIND),
        (at(1, 1), [FIRST, SECOND, END], END.frames, State.ENDED),
        (END.position, [FIRST, SECOND, END], END.frames, State.ENDED),
        (at(9, 9), [FIRST], sse.RESTART, State.BEHIND),
        (at(1, 0), [entry(2, 0, Kind.ATTEMPT)], sse.RESTART, State.BEHIND),
        (at(1, 1), [], sse.RESTART, State.BEHIND),
    ],
    ids=[
        "no log",
        "from the start",
        "known",
        "nothing new",
        "a full page",
        "to the end",
        "came back for the end",
        "unknown",
        "began again",
        "log is gone",
    ],
)
async def test_a_look_into_the_log_moves_a_viewer_on(
    after: Position | None, entries: list[Entry], sent: bytes, state: State
) -> None:
    """A page at a time; a position that the log does not hold is a marked restart."""
    following = follower(after, PlayedLog(entries))

    assert await following.step() == sent
    assert following.state is state


async def test_a_viewer_that_is_behind_reads_on_at_once() -> None:
    """The rest of a long log, then it is live."""
    following = follower(None, PlayedLog(LONG))
    await following.step()
    assert await following.step() == LONG[-1].frames
    assert following.state is State.LIVE


async def test_a_live_viewer_whose_log_began_again_starts_over() -> None:
    """What they hold may never come again."""
    log = PlayedLog([FIRST, SECOND])
    following = follower(None, log)
    await following.step()
    log.entries = [entry(2, 0, Kind.ATTEMPT)]

    assert await following.step() == sse.RESTART
    assert await following.step() == log.entries[0].frames


async def test_a_viewer_whose_log_was_gone_and_began_again_starts_over() -> None:
    """Likewise, when they saw in between that there was none."""
    log = PlayedLog([FIRST, SECOND])
    following = follower(None, log)
    await following.step()
    log.entries = []
    assert (await following.step(), following.state) == (b"", State.NO_LOG)
    log.entries = [entry(2, 0, Kind.ATTEMPT)]

    assert (await following.step(), following.state) == (sse.RESTART, State.BEHIND)


@pytest.mark.parametrize("after", [OPENING, at(1, 1)], ids=["no log", "unchecked"])
async def test_without_a_log_the_store_tells_what_the_turn_came_to(after: Position) -> None:
    """All of it, after a restart."""
    following = follower(after, PlayedLog(), PlayedTurns(TurnStatus.COMPLETED))

    sent = await following.step()

    end = sse.end_frame(at(0, 0), TurnStatus.COMPLETED)
    assert sent == sse.RESTART + b'data: "stored"\n\n' + end
    assert following.state is State.ENDED


async def test_a_turn_that_was_deleted_has_ended() -> None:
    """Its thread is gone, and nothing more will come."""
    following = follower(OPENING, PlayedLog(), PlayedTurns(None))

    assert await following.step() == sse.end_frame(at(0, 0), TurnStatus.CANCELLED)
    assert following.state is State.ENDED


@pytest.mark.parametrize(
    ("after", "state"),
    [(OPENING, State.NO_LOG), (at(1, 1), State.UNCHECKED)],
)
@pytest.mark.parametrize("turns", [PlayedTurns(), PlayedTurns(away=True)])
async def test_while_redis_is_away_nothing_is_believed(
    after: Position, state: State, turns: PlayedTurns
) -> None:
    """The state stays, and the store is asked; it may be away as well."""
    following = follower(after, PlayedLog(away=True), turns)
    asked = turns.questions

    assert await following.step() == b""
    assert following.state is state
    assert turns.questions == asked + 1


async def test_while_redis_is_away_a_turn_that_is_over_is_told() -> None:
    """By the store."""
    following = follower(at(1, 1), PlayedLog(away=True), PlayedTurns(TurnStatus.FAILED))
    assert b"failed" in await following.step()
    assert following.state is State.ENDED


async def test_a_client_that_can_resume_is_told_by_named_events() -> None:
    """It listens to them; a plain client gets comments."""
    following = follower(at(9, 9), PlayedLog([FIRST, SECOND, END]), resumable=True)

    assert await following.step() == sse.NAMED_RESTART
    assert (await following.step()).endswith(
        sse.named_end_frame(END.position, TurnStatus.COMPLETED)
    )


async def test_the_store_is_asked_for_all_viewers_no_faster_than_for_some() -> None:
    """A viewer whose question would be one too many now asks it after a later look."""
    turns, viewer = PlayedTurns(), Viewer(Owner("default", "alice"), TURN, False, heartbeat=60)
    sources = Sources(PlayedLog([entry(0, 1)]), turns, StoreQueryRate())
    assert sources.query_rate.try_acquire(missing=False)
    following = TurnFollower(sources, viewer, Listener(b"", lambda _: None), at(0, 1))
    await following.step()

    assert (turns.questions, following.state) == (0, State.LIVE)
