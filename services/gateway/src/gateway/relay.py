"""The relay: a turn's log for one viewer, from a position to the end, with keep-alives between."""

import asyncio
import time
from collections.abc import AsyncIterator

from turnstream import sse
from turnstream.event_log import EventLog, Position
from turnstream.store_client import StoreClient

from gateway.following import Following, Viewer
from gateway.hub import Watch

READERS = 16
"""Logs read at a time. Thousands may want to look at once, when a subscription comes back; those
that wait here for their turn can give up without breaking a connection."""


class Relay:
    """Follows logs for the viewers of this gateway."""

    def __init__(self, event_log: EventLog, client: StoreClient) -> None:
        self._log = event_log
        self._client = client
        self._readers = asyncio.Semaphore(READERS)

    async def follow(
        self, viewer: Viewer, watch: Watch, after: Position | None
    ) -> AsyncIterator[bytes]:
        """SSE bytes behind `after` until the turn's end, with keep-alives in between.

        A position that the log does not hold gets a marked restart and the whole turn. Ends only
        after the end was sent, or when the viewer hangs up. The watch stays the caller's to close.
        """
        following = Following(self._log, self._readers, self._client, viewer, watch, after)
        beat = time.monotonic()
        while not following.ended and not watch.hung_up:
            chunk = await following.step()
            now = time.monotonic()
            if chunk:
                beat = now
                yield chunk
            elif now - beat >= viewer.heartbeat:
                beat = now
                yield sse.KEEP_ALIVE
