"""Follows a turn's log for one viewer: catches up, then goes live; no event is lost or doubled.

Announcements that continue at the viewer's position are passed on unchanged. After anything else (a
gap, an overflow, a reconnect, silence) the log is read, which has every entry under its position.
If the log is gone, the turn is read from the store.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

import orjson
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import TurnStatus, TurnView
from turnstream.errors import NotFound, TurnstreamError
from turnstream.http import sse
from turnstream.redis.client import RedisError
from turnstream.redis.event_log import OPENING, PAGE, Entry, Kind, Position
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.following.listener import Announcement, Listener
from turnstream_gateway.relay.following.pauses import ViewerTimers
from turnstream_gateway.relay.following.store_query_rate import StoreQueryRate
from turnstream_gateway.relay.metrics import CATCH_UPS, RESTARTS
from turnstream_gateway.relay.viewer import Viewer

log = get_logger(__name__)

READ_TIMEOUT = 2.0
"""Seconds one look into the log may take; a Redis that hangs must not stop the keep-alives."""
OPENING_TIMEOUT = 0.03
"""Seconds to wait for the announcement of a turn's opening, which the store publishes a millisecond
or two after its answer. If it was missed, the first text is so much later."""
_FIRST_ATTEMPT = Position(1, 0)


class Log(Protocol):
    """The logs of turns, as far as following one needs them."""

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        """A page of a log from a position on, or from its beginning."""
        ...

    async def exists(self, turn_id: str) -> bool:
        """True when there is a log."""
        ...


class StoredTurns(Protocol):
    """The store's turns, as far as following one needs them."""

    async def show(self, owner: Owner, turn_id: str) -> TurnView:
        """A turn of the owner's. Raises `NotFound`."""
        ...

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        """A JSON array of the events that show a turn from what is stored."""
        ...


@dataclass(frozen=True)
class Sources:
    """What all viewers of a gateway read from."""

    logs: Log
    turns: StoredTurns
    query_rate: StoreQueryRate = field(default_factory=StoreQueryRate)


class State(Enum):
    """What is known about a viewer and the log.

    ::

        UNCHECKED ── the log has the position ──────────────▶ LIVE or BEHIND
        UNCHECKED ── it does not: restart ──────────────────▶ BEHIND
        NO_LOG ───── announced, or read from the log ───────▶ LIVE or BEHIND
        NO_LOG ───── the log began again: restart ──────────▶ BEHIND
        LIVE ─────── a gap, or silence ─────────────────────▶ BEHIND
        BEHIND ───── announced, or read from the log ───────▶ LIVE, or BEHIND after a full page
        BEHIND ───── the log is empty ──────────────────────▶ NO_LOG
        BEHIND ───── the log began again: restart ──────────▶ BEHIND
        any ──────── the end was sent ──────────────────────▶ ENDED
    """

    UNCHECKED = auto()
    """The viewer came with a position that was not yet found in the log. Read the log now."""
    NO_LOG = auto()
    """The log has not been seen, or has gone. Look for it often, and ask the store."""
    LIVE = auto()
    """The viewer has everything. Wait for announcements; read the log only after silence."""
    BEHIND = auto()
    """The log may hold entries that the viewer does not have. Read it now."""
    ENDED = auto()
    """The end was sent."""


class TurnFollower:
    """Moves one viewer on, step by step, until `state` is `ENDED`."""

    __slots__ = (
        "_expects_opening",
        "_last",
        "_listener",
        "_logs",
        "_pauses",
        "_query_rate",
        "_turns",
        "_viewer",
        "state",
    )

    def __init__(
        self,
        sources: Sources,
        viewer: Viewer,
        listener: Listener,
        after: Position | None,
    ) -> None:
        self._logs = sources.logs
        self._turns = sources.turns
        self._query_rate = sources.query_rate
        self._viewer = viewer
        self._listener = listener
        self._last = after
        self._pauses = ViewerTimers()
        self._expects_opening = after == OPENING
        self.state = State.NO_LOG if after in (None, OPENING) else State.UNCHECKED

    async def step(self) -> bytes:
        """The next bytes for the viewer; none when there was nothing for a while."""
        if self.state is State.UNCHECKED:
            self._listener.drain()  # the log has it all; left there, it would end every wait
            return await self._read_log()
        silent = self.state is not State.BEHIND and await self._wait()
        if self._listener.over:
            return b""
        chunk, gap = await self._announced()
        if self.state is State.LIVE and (gap or silent):
            self.state = State.BEHIND
        if chunk:
            return chunk  # what is missing after it is read by the next step
        if self.state is State.BEHIND or gap or silent:
            return await self._read_log()
        return b""

    async def _announced(self) -> tuple[bytes, bool]:
        """What was announced, and whether some is missing, as `_take_announcements` has it.

        A viewer that subscribed before the acceptance usually gets the opening's announcement. It
        has then missed nothing and need not read the log: so the first gap is waited for.
        """
        chunk, gap = self._take_announcements()
        if gap and self._expects_opening and self.state is State.NO_LOG:
            self._expects_opening = False
            await self._listener.wait(OPENING_TIMEOUT)
            chunk, gap = self._take_announcements()
            gap = gap or self.state is State.NO_LOG
        return chunk, gap

    async def _wait(self) -> bool:
        """Wait for an announcement; True after a silence that has the log read without one."""
        pause = self._pauses.before_look(missing=self.state is State.NO_LOG)
        if await self._listener.wait(min(pause, self._viewer.heartbeat)):
            return False
        return self._pauses.since_look() >= pause

    def _take_announcements(self) -> tuple[bytes, bool]:
        """What was announced, as far as it continues where this viewer is; and whether some is
        missing.

        An announcement that continues, or that ends where this viewer is, proves that nothing was
        missed before it: positions have no gaps.
        """
        chunks, gap = [], False
        for announcement in self._listener.drain():
            if announcement is None:
                gap = True
            elif self._continues(announcement.first):
                gap = False
                chunks.append(self._pass_announced(announcement))
            elif announcement.last == self._last:
                gap, self.state = False, State.LIVE
            elif self._last is None or announcement.last > self._last:
                gap = True
            if self.state is State.ENDED:
                break
        return b"".join(chunks), gap

    def _continues(self, first: Position) -> bool:
        """True when nothing can lie between this viewer's position and `first`.

        Between two attempts there may be entries that only the log has. The first attempt always
        directly follows the opening.
        """
        last = self._last
        if last is None:
            return first == OPENING
        if first.attempt == last.attempt:
            return first.seq == last.seq + 1
        return last == OPENING and first == _FIRST_ATTEMPT

    def _pass_announced(self, announcement: Announcement) -> bytes:
        self.state, self._last = State.LIVE, announcement.last
        self._pauses.news()
        status = Kind.status_of(announcement.kind)
        if status is None:
            return announcement.frames
        # The end is the last entry of its announcement; each viewer is told it in their own way.
        before = announcement.frames.removesuffix(sse.end_frame(announcement.last, status))
        return before + self._end(announcement.last, status)

    async def _read_log(self) -> bytes:
        """What the log holds after what it sent; what the store says when Redis does not answer."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                return await self._catch_up()
        except (RedisError, OSError) as error:
            log.warning("log not read", turn_id=self._viewer.turn_id, error=str(error))
            # A Redis that comes back says so: the subscription is made anew, and that is announced.
            await self._listener.wait(min(self._pauses.silence, self._viewer.heartbeat))
            return await self._ask_store_if_silent()

    async def _catch_up(self) -> bytes:
        """A page of the log, from this viewer's position on.

        Their own position is read again: it shows that this log is the one they know.
        """
        CATCH_UPS.inc()
        self._pauses.looked()
        entries = await self._logs.read_from(self._viewer.turn_id, self._last)
        known = bool(entries) and entries[0].position == self._last
        if not known and (self.state is State.UNCHECKED or self._began_again(entries)):
            return await self._start_over(entries)
        self.state = _state_after(entries)
        news = entries[1:] if known else entries
        if news:
            self._pauses.news(looked=False)
            return self._pass_on(news)
        status = Kind.status_of(entries[-1].kind) if known else None
        if status is not None:  # they have the end, and came back for more
            return self._end(entries[-1].position, status)
        return await self._ask_store_if_silent()

    def _began_again(self, entries: list[Entry]) -> bool:
        """True when this log was lost and began again under a new attempt: what this viewer holds
        may never come again.
        """
        if not entries or self._last is None:
            return False
        return entries[0].position.attempt != self._last.attempt

    async def _start_over(self, entries: list[Entry]) -> bytes:
        """Restart: the log does not hold this position. Without a log, ask the store first.

        An unchecked position stays unchecked while this fails: the next step asks again.
        """
        if not entries and not await self._logs.exists(self._viewer.turn_id):
            return await self._ask_store() or self._restart()
        return self._restart()

    def _pass_on(self, entries: Iterable[Entry]) -> bytes:
        chunks = []
        for entry in entries:
            self._last = entry.position
            status = Kind.status_of(entry.kind)
            if status is not None:
                chunks.append(self._end(entry.position, status))
                break
            chunks.append(entry.frames)
        return b"".join(chunks)

    async def _ask_store_if_silent(self) -> bytes:
        """Nothing new: when that lasts, ask the store whether anything is still to come."""
        missing = self.state in (State.NO_LOG, State.UNCHECKED)
        due = self._pauses.question_due(missing=missing)
        if not (due and self._query_rate.try_acquire(missing=missing)):
            return b""
        return await self._ask_store()

    async def _ask_store(self) -> bytes:
        """The whole turn from the store if it is over; nothing while it goes on."""
        self._pauses.asked()
        owner, turn_id = self._viewer.owner, self._viewer.turn_id
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                turn = await self._turns.show(owner, turn_id)
                if not turn.status.ended:
                    return b""
                events = orjson.loads(await self._turns.replay(owner, turn_id))
        except NotFound:  # the thread was deleted, and the turn with it
            return self._end(None, TurnStatus.CANCELLED)
        except (TurnstreamError, TimeoutError) as error:
            log.warning("store not asked", turn_id=turn_id, error=str(error))
            return b""
        frames = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
        return self._restart() + frames + self._end(None, turn.status)

    def _restart(self) -> bytes:
        """The viewer forgets everything; the log is read from its beginning."""
        RESTARTS.inc()
        self._last, self.state = None, State.BEHIND
        return sse.NAMED_RESTART if self._viewer.resumable else sse.RESTART

    def _end(self, position: Position | None, status: TurnStatus) -> bytes:
        self.state = State.ENDED
        if self._viewer.resumable:
            return sse.named_end_frame(position, status)
        return sse.end_frame(position or Position(0, 0), status)


def _state_after(entries: list[Entry]) -> State:
    """What one page of a log says about its viewer."""
    if not entries:
        return State.NO_LOG
    return State.BEHIND if len(entries) == PAGE else State.LIVE
