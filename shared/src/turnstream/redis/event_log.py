"""The event log: what the viewers of a turn see, in order, from any position.

One Redis stream per turn. An entry's id is its position, `<attempt>-<seq>`, and that one id is
order, fence, duplicate check, gap check and resume cursor: Redis refuses ids that do not grow, so
once attempt 2 has opened, an append of attempt 1 fails by itself.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple, cast

from turnstream.contracts.turns import TurnStatus
from turnstream.latency import Latency
from turnstream.redis import topology
from turnstream.redis.batched_script import BatchedScript
from turnstream.redis.client import UNREACHABLE
from turnstream.redis.log_servers import LogServers

_Row = tuple[bytes, dict[bytes, bytes]]
"""An entry as Redis returns it: its id and its fields."""
_POSITION = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
PAGE = 500
"""Entries per read: a few hundred kilobytes at most, so one reader never stalls Redis."""
APPEND_LIMIT = 500
"""Entries per append, which keeps the script short and its arguments few."""
_ELSEWHERE = 0.5
"""Seconds for a look where a log was before: that server may have been taken away for good."""


class MalformedPosition(ValueError):
    """The text is not `<attempt>-<seq>`."""


class Position(NamedTuple):
    """Where an entry stands in its log. Positions compare in the order of the log."""

    attempt: int
    seq: int

    def __str__(self) -> str:
        return f"{self.attempt}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read `<attempt>-<seq>`; raises `MalformedPosition` for anything else."""
        match = _POSITION.fullmatch(text)
        if match is None:
            raise MalformedPosition(text)
        return cls(int(match[1]), int(match[2]))

    def follows(self, earlier: "Position | None") -> bool:
        """True when nothing can lie between `earlier` and this position.

        Within an attempt seq rises by one; an attempt opens with seq 0, and the acceptance is 0-1.
        """
        if earlier is None:
            return self == OPENING
        if self.attempt == earlier.attempt:
            return self.seq == earlier.seq + 1
        return self.attempt > earlier.attempt and self.seq == 0


OPENING = Position(0, 1)
"""The acceptance: the first entry of every log."""


class Kind:
    """What an entry is besides its frames. Most entries are plain events, kind ''."""

    EVENTS = ""
    ATTEMPT = "attempt"
    END = "end"

    @staticmethod
    def end(status: TurnStatus) -> str:
        """The kind of the entry that closes a log."""
        return f"end:{status}"

    @staticmethod
    def status_of(kind: str) -> TurnStatus | None:
        """How the turn ended, when `kind` closes a log; None for every other kind."""
        return TurnStatus(kind[4:]) if kind.startswith("end:") else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: SSE frames, ready to be relayed, and where they stand."""

    position: Position
    kind: str
    frames: bytes


class LogLost(Exception):
    """Redis has no such log, or not all of it: it was flushed, it expired, or a replica that lacked
    its end took over. The writer calls `seed`.
    """


class LogFenced(Exception):
    """A newer attempt has opened the log. This writer must stop."""


class EventLog:
    """Logs in Redis.

    `append` is atomic, idempotent and fenced. `read` gives entries in order with no gap. An
    append is announced on the turn's channel in the same step, so a reader that subscribes first
    and reads second misses nothing.
    """

    def __init__(self, servers: LogServers) -> None:
        self._servers = servers
        self._latency = Latency()
        script = files("turnstream.redis").joinpath("append.lua").read_bytes()
        self._script = BatchedScript(script)

    @property
    def latency(self) -> float:
        """Seconds that an append takes, of late."""
        return self._latency.seconds

    async def append(
        self, turn_id: str, entries: Sequence[Entry], *, after: Position | None = None
    ) -> None:
        """Append entries of one attempt with rising seq.

        Appending an entry that is there already does nothing. Raises `LogLost` when the log does
        not exist or does not reach to `after`, by default the position before the first entry, and
        `LogFenced` when a newer attempt has written.
        """
        if entries:
            await self._write(turn_id, entries, after=after or _before(entries[0].position))

    async def seed(self, turn_id: str, entries: Sequence[Entry], *, announce: bool = True) -> None:
        """Like `append`, and makes the log where it is gone. `entries` may span attempts."""
        for run in _runs(entries):
            await self._write(turn_id, run, create=True, announce=announce)

    async def _write(
        self,
        turn_id: str,
        entries: Sequence[Entry],
        *,
        create: bool = False,
        announce: bool = True,
        after: Position | None = None,
    ) -> None:
        first = entries[0].position
        arguments: list[str | int | bytes] = [
            topology.log_channel(turn_id) if announce else "",
            int(topology.LOG_TTL.total_seconds() * 1000),
            int(create),
            first.attempt,
            first.seq,
            self._servers.publish,
            str(after) if after else "",
        ]
        for entry in entries:
            arguments += (entry.kind, entry.frames)
        start = time.monotonic()
        key, server = topology.log_key(turn_id), self._servers.of(turn_id)
        answer = await self._script(server, [key], arguments)
        self._latency.record_since(start)
        if answer == b"lost":
            raise LogLost(turn_id)
        if answer == b"fenced":
            raise LogFenced(turn_id)

    async def read(
        self, turn_id: str, after: Position | None = None, count: int = PAGE
    ) -> list[Entry]:
        """Up to `count` entries after `after`, oldest first; none when there is no log."""
        return await self._range(turn_id, f"({after}" if after else "-", count)

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        """Up to `PAGE` entries from `position` on, itself included; None: from the start.

        When the first one is the entry at `position`, the log holds it and can be resumed there.
        """
        return await self._range(turn_id, str(position) if position else "-", PAGE)

    async def _range(self, turn_id: str, start: str, count: int) -> list[Entry]:
        """From the log's own server, and if that has nothing, from where the log was before."""
        key = topology.log_key(turn_id)
        rows = await self._servers.of(turn_id).xrange(key, min=start, count=count)
        for server in () if rows else self._servers.others(turn_id):
            with suppress(*UNREACHABLE):
                async with asyncio.timeout(_ELSEWHERE):
                    rows = rows or await server.xrange(key, min=start, count=count)
        return [_entry(row) for row in cast("list[_Row]", rows)]

    async def read_all(self, turn_id: str) -> list[Entry]:
        """The whole log, page by page."""
        entries = await self.read(turn_id)
        page = entries
        while len(page) == PAGE:
            page = await self.read(turn_id, after=page[-1].position)
            entries += page
        return entries

    async def newest(self, turn_id: str) -> Position | None:
        """The last position in the log; None when there is no log."""
        key = topology.log_key(turn_id)
        rows = await self._servers.of(turn_id).xrevrange(key, count=1)
        for server in () if rows else self._servers.others(turn_id):
            with suppress(*UNREACHABLE):
                async with asyncio.timeout(_ELSEWHERE):
                    rows = rows or await server.xrevrange(key, count=1)
        return Position.parse(cast("list[_Row]", rows)[0][0].decode()) if rows else None

    async def drop(self, turn_id: str) -> None:
        """Delete the log. Its viewers start over with the next attempt."""
        await self._servers.of(turn_id).delete(topology.log_key(turn_id))
        await self._drop_others(turn_id)

    async def forget_before(self, turn_id: str, position: Position) -> None:
        """Delete every entry before a position. A viewer that is still there starts over."""
        key = topology.log_key(turn_id)
        await self._servers.of(turn_id).xtrim(key, minid=str(position), approximate=False)
        await self._drop_others(turn_id)

    async def _drop_others(self, turn_id: str) -> None:
        for server in self._servers.others(turn_id):
            await server.delete(topology.log_key(turn_id))

    async def refresh(self, turn_id: str) -> bool:
        """Renew the log's lifetime; False when it is gone."""
        key = topology.log_key(turn_id)
        return bool(await self._servers.of(turn_id).expire(key, topology.LOG_TTL))


def _before(position: Position) -> Position | None:
    """The position that must be in the log already; None where that can't be told."""
    if position.seq == 0 or position == OPENING:
        return None
    return Position(position.attempt, position.seq - 1)


def _entry(row: _Row) -> Entry:
    position, fields = row
    return Entry(Position.parse(position.decode()), fields[b"k"].decode(), fields[b"f"])


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Split where the attempt changes, a seq is skipped, or an append would grow too long."""
    runs: list[list[Entry]] = []
    for entry in entries:
        last = runs[-1] if runs else None
        joins = (
            last
            and len(last) < APPEND_LIMIT
            and last[-1].position.attempt == entry.position.attempt
            and entry.position.follows(last[-1].position)
        )
        if last is not None and joins:
            last.append(entry)
        else:
            runs.append([entry])
    return runs
