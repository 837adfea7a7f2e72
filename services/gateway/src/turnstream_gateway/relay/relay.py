"""The relay: a turn's log for one viewer, from a position to the end, with keep-alives between."""

import time
from collections.abc import AsyncIterator

from turnstream.http import sse
from turnstream.redis.event_log import EventLog, Position
from turnstream.store_client import StoreClient

from turnstream_gateway.relay.following import Following
from turnstream_gateway.relay.hub import Watch
from turnstream_gateway.relay.log_reader import LogReader
from turnstream_gateway.relay.viewer import Viewer


class Relay:
    """Follows logs for the viewers of this gateway."""

    def __init__(self, event_log: EventLog, client: StoreClient) -> None:
        self._logs = LogReader(event_log)
        self._client = client

    async def follow(
        self, viewer: Viewer, watch: Watch, after: Position | None, opening: bytes = b""
    ) -> AsyncIterator[bytes]:
        """SSE bytes behind `after` until the turn's end, with keep-alives between.

        `opening` is what ends at `after`, if it is to be sent first. A position that the log does
        not hold gets a marked restart and the whole turn. Ends only after the end was sent, or when
        the viewer is gone. The watch stays the caller's to close.
        """
        if opening:
            yield viewer.renew(opening)
        following = Following(self._logs, self._client, viewer, watch, after)
        beat = time.monotonic()
        while not following.ended and not watch.hung_up:
            chunk = await following.step()
            now = time.monotonic()
            if chunk:
                beat = now
                yield viewer.renew(chunk)
            elif now - beat >= viewer.heartbeat:
                beat = now
                yield sse.KEEP_ALIVE
