"""The relay: a turn's log for one viewer, from a position to the end, with keep-alives between."""

import time
from collections.abc import AsyncIterator

from turnstream.http import sse
from turnstream.redis.event_log import EventLog, Position

from turnstream_gateway.relay.following.follower import Sources, State, StoredTurns, TurnFollower
from turnstream_gateway.relay.following.listener import Listener
from turnstream_gateway.relay.following.log_reader import LogReader
from turnstream_gateway.relay.metrics import ACCEPT, RELAY, SAMPLE
from turnstream_gateway.relay.viewer import Viewer


class Relay:
    """Follows logs for the viewers of this gateway."""

    def __init__(self, event_log: EventLog, turns: StoredTurns) -> None:
        self._sources = Sources(LogReader(event_log), turns)

    async def follow(
        self, viewer: Viewer, listener: Listener, after: Position | None, opening: bytes = b""
    ) -> AsyncIterator[bytes]:
        """SSE bytes after `after` until the turn's end, with keep-alives between.

        `opening` is what ends at `after`, if it is to be sent first. A position that the log does
        not hold gets a marked restart and the whole turn. Ends only after the end was sent, or when
        the viewer is gone or may not read any more, which they are told. The caller closes the
        listener.
        """
        if opening:
            yield viewer.renew(opening)
            opening = b""  # it is long, and so is what follows
            if viewer.arrived is not None:
                ACCEPT.observe(time.monotonic() - viewer.arrived)
        follower = TurnFollower(self._sources, viewer, listener, after)
        beat = time.monotonic()
        sampled = beat - SAMPLE
        while follower.state is not State.ENDED and not listener.over:
            chunk = await follower.step()
            now = time.monotonic()
            if chunk:
                beat = now
                yield viewer.renew(chunk)
                if listener.came_at is not None and now - sampled >= SAMPLE:
                    sampled = now
                    RELAY.observe(time.monotonic() - listener.came_at)
            elif now - beat >= viewer.heartbeat:
                beat = now
                yield sse.KEEP_ALIVE
        if listener.revoked and follower.state is not State.ENDED:
            yield viewer.revoked_frames
