"""Reading logs for viewers, so many at a time."""

import asyncio

from turnstream.redis.event_log import Entry, EventLog, Position

READERS = 16
"""Logs read at a time. Thousands may want to look at once, when a subscription comes back; those
that wait here for their turn can give up without breaking a connection."""


class LogReader:
    """This gateway's way to the logs. Raises what Redis raises."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        self._free = asyncio.Semaphore(READERS)

    async def read_from(self, turn_id: str, place: Position | None) -> list[Entry]:
        """A page of a log that begins at a place, or at its beginning."""
        async with self._free:
            return await self._log.read_from(turn_id, place)

    async def exists(self, turn_id: str) -> bool:
        """True when there is a log."""
        async with self._free:
            return await self._log.newest(turn_id) is not None
