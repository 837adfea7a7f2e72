"""The relay: a turn's log for one viewer, from a position to the end, nothing lost or doubled.

It listens first and reads second. What is announced and fits is passed on as it came; whatever
does not fit (a gap, an overflow, a reconnect, silence) is read from the log, which has every entry
under its position. When the log itself is gone, the store tells what the turn came to.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
from prometheus_client import Counter
from turnstream import sse
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound, TurnstreamError
from turnstream.event_log import OPENING, Entry, EventLog, Kind, Position
from turnstream.redis_client import RedisError
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from gateway.hub import Announcement, Hub, Watch

log = get_logger(__name__)

RESTARTS = Counter("turnstream_viewer_restarts_total", "Viewers that had to start over.")
CATCH_UPS = Counter("turnstream_viewer_catch_ups_total", "Reads of a log by viewers.")

SILENCE = 5.0
"""Seconds without an announcement after which the log is looked at: a lost one hurts no longer."""
READ_PATIENCE = 2.0
"""Seconds one look into the log may take; a Redis that hangs must not stop the keep-alives."""
DOUBT = 10.0
"""Seconds without news after which the store is asked whether the turn is over: longer than a
worker takes to close the log of a turn that it has just committed."""
MISSING = 1.0
"""Seconds between two looks for a log that is not there, and between two questions to the store."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at which turn, and how they want to be told of restarts and the end."""

    owner: str
    turn_id: str
    named: bool
    """True for clients that can resume: restart and end come as named events."""
    heartbeat: float


class Relay:
    """Follows logs for the viewers of this gateway."""

    def __init__(self, hub: Hub, event_log: EventLog, client: StoreClient) -> None:
        self._hub = hub
        self._log = event_log
        self._client = client

    async def follow(self, viewer: Viewer, after: Position | None) -> AsyncIterator[bytes]:
        """SSE bytes behind `after` until the turn's end, with keep-alives in between.

        A position that the log does not hold gets a marked restart and the whole turn. Ends only
        after the end was sent, or when the caller goes away.
        """
        async with self._hub.watch(viewer.turn_id) as watch:
            following = _Following(self._log, self._client, viewer, watch, after)
            beat = time.monotonic()
            while not following.ended:
                chunk = await following.step()
                now = time.monotonic()
                if chunk:
                    beat = now
                    yield chunk
                elif now - beat >= viewer.heartbeat:
                    beat = now
                    yield sse.KEEP_ALIVE


class _Following:
    """One viewer's place in a log, moved forward step by step."""

    def __init__(
        self,
        event_log: EventLog,
        client: StoreClient,
        viewer: Viewer,
        watch: Watch,
        after: Position | None,
    ) -> None:
        self._log = event_log
        self._client = client
        self._viewer = viewer
        self._watch = watch
        self._last = after
        self._checked = after in (None, OPENING)
        self._caught_up = False
        self._missing = False
        self._news = self._asked = time.monotonic()
        self.ended = False

    async def step(self) -> bytes:
        """The next bytes; none when there was nothing for a while."""
        try:
            async with asyncio.timeout(READ_PATIENCE):
                if not self._checked:
                    return await self._check_position()
                if not self._caught_up:
                    return await self._catch_up()
        except (RedisError, OSError) as error:
            log.warning("log not read", turn_id=self._viewer.turn_id, error=str(error))
            await self._watch.next(min(1.0, self._viewer.heartbeat))
            return await self._doubt()
        pause = MISSING if self._missing else SILENCE
        announcement = await self._watch.next(min(pause, self._viewer.heartbeat))
        if announcement is None:
            self._caught_up = False
            return b""
        return self._take(announcement)

    async def _check_position(self) -> bytes:
        """A position from outside: known, or the viewer starts over."""
        assert self._last is not None
        self._checked = True
        if await self._log.holds(self._viewer.turn_id, self._last):
            return b""
        if await self._log.newest(self._viewer.turn_id) is None:
            return await self._ask_store() or self._restart()
        return self._restart()

    async def _catch_up(self) -> bytes:
        """Everything in the log behind the last position, a page at a time."""
        CATCH_UPS.inc()
        entries = await self._log.read(self._viewer.turn_id, self._last)
        if not entries:
            self._caught_up = True
            self._missing = await self._log.newest(self._viewer.turn_id) is None
            return await self._doubt()
        if await self._orphaned(entries[0].position):
            return self._restart()
        self._missing, self._news = False, time.monotonic()
        return self._pass_on(entries)

    async def _orphaned(self, first: Position) -> bool:
        """True when our last position is not in this log: one that was lost begins again under a
        new attempt, and what this viewer holds may never come again.
        """
        if self._last is None or first.attempt == self._last.attempt:
            return False
        return not await self._log.holds(self._viewer.turn_id, self._last)

    def _pass_on(self, entries: list[Entry]) -> bytes:
        chunks = []
        for entry in entries:
            self._last = entry.position
            status = Kind.status_of(entry.kind)
            if status is not None:
                chunks.append(self._end(entry.position, status))
                break
            chunks.append(entry.frames)
        return b"".join(chunks)

    def _take(self, announcement: Announcement) -> bytes:
        """An announcement's bytes, if they go on exactly where this viewer is."""
        if self._last is not None and announcement.last <= self._last:
            return b""
        same_attempt = self._last is not None and announcement.first.attempt == self._last.attempt
        if not (same_attempt and announcement.first.follows(self._last)):
            self._caught_up = False
            return b""
        status = Kind.status_of(announcement.kind)
        if status is not None:
            # The end is the last entry of its announcement; the log gives it by itself.
            self._caught_up = False
            return b""
        self._news = time.monotonic()
        self._last = announcement.last
        return announcement.frames

    async def _doubt(self) -> bytes:
        """Nothing new: when that lasts, ask the store whether anything is still to come."""
        now = time.monotonic()
        since = self._asked if self._missing else max(self._asked, self._news)
        if now - since < (MISSING if self._missing else DOUBT):
            return b""
        return await self._ask_store()

    async def _ask_store(self) -> bytes:
        """The whole turn from the store if it is over; nothing while it goes on."""
        self._asked = time.monotonic()
        owner, turn_id = self._viewer.owner, self._viewer.turn_id
        try:
            async with asyncio.timeout(READ_PATIENCE):
                turn = await self._client.turns.show(owner, turn_id)
                if not turn.status.ended:
                    return b""
                events = orjson.loads(await self._client.turns.replay(owner, turn_id))
        except NotFound:
            return self._gone()
        except (TurnstreamError, TimeoutError) as error:
            log.warning("store not asked", turn_id=turn_id, error=str(error))
            return b""
        return self._retell(events, turn.status)

    def _gone(self) -> bytes:
        """The thread was deleted, and the turn with it."""
        return self._end(None, TurnStatus.CANCELLED)

    def _retell(self, events: list[object], status: TurnStatus) -> bytes:
        """The whole turn from the store, for its log ends without an end or is gone."""
        frames = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
        return self._restart() + frames + self._end(None, status)

    def _restart(self) -> bytes:
        RESTARTS.inc()
        self._last, self._checked, self._caught_up = None, True, False
        return sse.NAMED_RESTART if self._viewer.named else sse.RESTART

    def _end(self, position: Position | None, status: TurnStatus) -> bytes:
        self.ended = True
        if self._viewer.named:
            return sse.named_end_frame(position, status)
        return sse.end_frame(position or Position(0, 0), status)
