"""A writer and viewers of one turn's log, for tests that interleave what they do.

The log, the hub and the relay are the real ones on a real Redis; only the store is played.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus, TurnView
from turnstream.http import sse
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, LogLost, Position
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.relay import Relay
from turnstream_gateway.relay.viewer import Viewer

TURN = "turn_under_test"
FROM_STORE = [b'{"told":"by the store"}']


class PlayedStore:
    """What a relay asks the store: how the turn stands, and what is stored of it."""

    def __init__(self) -> None:
        self.status = TurnStatus.RUNNING

    async def show(self, owner: Owner, turn_id: str) -> TurnView:
        return TurnView(
            turn_id=turn_id,
            thread_id="thr_1",
            kind="threads.create",
            status=self.status,
            attempt=1,
            accepted_at=datetime.now(UTC),
        )

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        return b"[" + b",".join(FROM_STORE) + b"]"


class Writer:
    """One attempt's writer, with the worker's rules: a lost log is seeded again from memory."""

    def __init__(self, event_log: EventLog, attempt: int, earlier: Sequence[Entry]) -> None:
        self._log = event_log
        self.attempt = attempt
        first = list(earlier) or [_entry(OPENING)]
        self.kept = [*first, _entry(Position(attempt, 0), Kind.ATTEMPT)]

    async def open(self) -> None:
        """Begin the attempt."""
        await self._log.seed(TURN, self.kept)

    async def append(self, count: int, kind: str = Kind.EVENTS) -> None:
        """Add entries. Raises `LogFenced` once a later attempt has begun."""
        seq = self.kept[-1].position.seq + 1
        new = [_entry(Position(self.attempt, seq + n), kind) for n in range(count)]
        self.kept += new
        try:
            await self._log.append(TURN, new)
        except LogLost:
            await self._log.seed(TURN, self.kept[: -len(new)], announce=False)
            await self._log.seed(TURN, new)

    async def is_refused(self) -> bool:
        """Whether an append is refused, as that of a superseded attempt must be."""
        entry = _entry(Position(self.attempt, self.kept[-1].position.seq + 1))
        try:
            await self._log.append(TURN, [entry])
        except (LogFenced, LogLost):
            return True
        return False


@dataclass
class Watcher:
    """A viewer: what it was told since it last had to start over."""

    start: Position | None
    events: list[bytes] = field(default_factory=list)
    last: Position | None = None
    restarts: int = 0
    ends: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    """A slow viewer sleeps until this is set."""
    task: "asyncio.Task[None] | None" = None

    def connect(self, relay: Relay, hub: Hub) -> None:
        """Watch from where this viewer is, in a task of its own."""
        self.awake.set()
        self.task = asyncio.create_task(self._watch(relay, hub))

    async def disconnect(self) -> None:
        """Drop the connection."""
        assert self.task is not None
        await stop(self.task)

    async def _watch(self, relay: Relay, hub: Hub) -> None:
        after = self.last or self.start
        viewer = Viewer(Owner("default", "alice"), TURN, True, heartbeat=60)
        with hub.listen(TURN) as listener:
            async for chunk in relay.follow(viewer, listener, after):
                await self.awake.wait()
                for frame in chunk.split(b"\n\n")[:-1]:
                    self._take(frame.split(b"\n"))

    def _take(self, lines: list[bytes]) -> None:
        fields = dict(line.split(b": ", 1) for line in lines if not line.startswith(b":"))
        if "id" in (names := {name.decode(): value for name, value in fields.items()}):
            self._move_to(Position.parse(names["id"].decode()))
        match names.get("event"):
            case b"restart":
                self.events, self.last, self.start = [], None, None
                self.restarts += 1
            case b"end":
                self.ends.append(orjson.loads(names["data"])["status"])
            case None if "data" in names:
                self.events.append(names["data"])

    def _move_to(self, position: Position) -> None:
        if self.last is not None and position <= self.last:
            self.complaints.append(f"{position} after {self.last}")
        self.last = position


async def stop(task: "asyncio.Task[None]") -> None:
    """End a task as servers do: before Python 3.12 one try may be swallowed by redis-py."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


def events_of(entries: Sequence[Entry], after: Position | None) -> list[bytes]:
    """The events of the entries behind a position."""
    behind = [entry for entry in entries if after is None or entry.position > after]
    return [event for entry in behind for event in sse.events_in(entry.frames)]


def _entry(position: Position, kind: str = Kind.EVENTS) -> Entry:
    if (status := Kind.status_of(kind)) is not None:
        return Entry(position, kind, sse.end_frame(position, status))
    return Entry(position, kind, sse.frames(position, [b'{"at":"%s"}' % str(position).encode()]))
