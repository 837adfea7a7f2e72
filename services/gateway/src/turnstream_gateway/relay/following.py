"""One viewer's place in a log, and how it moves on: nothing lost or doubled.

What is announced and fits is passed on as it came; whatever does not fit (a gap, an overflow, a
reconnect, silence) is read from the log, which has every entry under its position. When the log
itself is gone, the store tells what the turn came to.
"""

import asyncio
import random
import time

import orjson
from prometheus_client import Counter
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound, TurnstreamError
from turnstream.http import sse
from turnstream.redis.client import RedisError
from turnstream.redis.event_log import OPENING, PAGE, Entry, Kind, Position
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.hub import Announcement, Watch
from turnstream_gateway.relay.log_reader import LogReader
from turnstream_gateway.relay.viewer import Viewer

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
LONGEST = 60.0
"""Seconds to which these pauses grow: each is as long as the silence before it.
Thousands of viewers of turns that wait must not keep Redis and the store busy."""
_FIRST_ATTEMPT = Position(1, 0)


class Following:
    """Moved forward step by step, until `ended`."""

    def __init__(
        self,
        logs: LogReader,
        client: StoreClient,
        viewer: Viewer,
        watch: Watch,
        after: Position | None,
    ) -> None:
        self._logs = logs
        self._client = client
        self._viewer = viewer
        self._watch = watch
        self._last = after
        self._checked = after in (None, OPENING)
        self._behind = not self._checked
        """True while the log may hold something that this viewer has not got."""
        self._missing = True
        """Until the log has been seen."""
        self._news = self._looked = self._asked = time.monotonic()
        self._patience = random.uniform(1.0, 1.5)
        """Not the same for all: who began to wait together should not look together."""
        self.ended = False

    async def step(self) -> bytes:
        """The next bytes; none when there was nothing for a while."""
        if not self._behind:
            pause = self._pause(SILENCE, self._looked)
            if not await self._watch.wait(min(pause, self._viewer.heartbeat)):
                self._behind = time.monotonic() - self._looked >= pause
            if self._watch.hung_up:
                return b""
        if self._checked:
            chunk = self._hear()
            if chunk or not self._behind:
                return chunk
        else:
            self._watch.take()  # the log has it all; left here, it would end every wait at once
        try:
            async with asyncio.timeout(READ_PATIENCE):
                return await self._catch_up()
        except (RedisError, OSError) as error:
            log.warning("log not read", turn_id=self._viewer.turn_id, error=str(error))
            # A Redis that comes back says so: the subscription is made anew, and that is told.
            await self._watch.wait(min(SILENCE, self._viewer.heartbeat))
            return await self._doubt()

    def _hear(self) -> bytes:
        """What was announced, as far as it goes on exactly where this viewer is.

        An announcement that does, or that ends where this viewer is, proves that nothing was missed
        before it: positions have no gaps. Anything else sends the viewer to the log.
        """
        chunks = []
        for announcement in self._watch.take():
            if announcement is None:
                self._behind = True
            elif self._continues(announcement.first):
                chunks.append(self._pass_announced(announcement))
            elif announcement.last == self._last:
                self._behind = self._missing = False
            elif self._last is None or announcement.last > self._last:
                self._behind = True
            if self.ended:
                break
        return b"".join(chunks)

    def _continues(self, first: Position) -> bool:
        """True when nothing can lie between this viewer's place and `first`.

        Behind the end of one attempt another may begin that took back what it had said, which only
        the log tells; but the first attempt begins right behind the opening.
        """
        last = self._last
        if last is None:
            return first == OPENING
        if first.attempt == last.attempt:
            return first.seq == last.seq + 1
        return last == OPENING and first == _FIRST_ATTEMPT

    def _pass_announced(self, announcement: Announcement) -> bytes:
        self._behind = self._missing = False
        self._last = announcement.last
        self._news = self._looked = time.monotonic()
        status = Kind.status_of(announcement.kind)
        if status is None:
            return announcement.frames
        # The end is the last entry of its announcement; each viewer is told it in their own way.
        before = announcement.frames.removesuffix(sse.end_frame(announcement.last, status))
        return before + self._end(announcement.last, status)

    async def _catch_up(self) -> bytes:
        """What the log holds from this viewer's place on, a page at a time.

        Their own place is read again: it shows that this log is the one they know.
        """
        CATCH_UPS.inc()
        self._looked = time.monotonic()
        entries = await self._logs.read_from(self._viewer.turn_id, self._last)
        known = bool(entries) and entries[0].position == self._last
        if not self._checked:
            if not known:
                return await self._unknown()
            self._checked = True
        elif entries and not known and self._elsewhere(entries[0].position):
            return self._restart()
        self._missing = not entries
        self._behind = len(entries) == PAGE
        news = entries[1:] if known else entries
        if not news:
            status = Kind.status_of(entries[-1].kind) if known else None
            if status is None:
                return await self._doubt()
            return self._end(entries[-1].position, status)  # they have it, and came back for more
        self._news = time.monotonic()
        return self._pass_on(news)

    async def _unknown(self) -> bytes:
        """A position from outside that the log does not hold: the viewer starts over.

        Until it does, the position stays unchecked: a question that fails here is asked again.
        """
        if not await self._logs.exists(self._viewer.turn_id):
            return await self._ask_store() or self._restart()
        return self._restart()

    def _elsewhere(self, first: Position) -> bool:
        """True when this log was lost and began again under a new attempt: what this viewer holds
        may never come again.
        """
        return self._last is not None and first.attempt != self._last.attempt

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

    async def _doubt(self) -> bytes:
        """Nothing new: when that lasts, ask the store whether anything is still to come."""
        since = self._asked if self._missing else max(self._asked, self._news)
        if time.monotonic() - since < self._pause(DOUBT, self._asked):
            return b""
        return await self._ask_store()

    def _pause(self, least: float, last: float) -> float:
        """How long to wait after the time of the last look or question."""
        if self._missing:
            return MISSING
        return max(least, min(last - self._news, LONGEST)) * self._patience

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
        self._last, self._checked, self._behind = None, True, True
        return sse.NAMED_RESTART if self._viewer.resumable else sse.RESTART

    def _end(self, position: Position | None, status: TurnStatus) -> bytes:
        self.ended = True
        if self._viewer.resumable:
            return sse.named_end_frame(position, status)
        return sse.end_frame(position or Position(0, 0), status)
