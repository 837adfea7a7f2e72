"""Reading logs for viewers, a few at a time."""

import asyncio

from turnstream.redis.event_log import Entry, EventLog, Position

READERS = 16
"""Logs read at a time. Thousands of viewers read at once when a subscription comes back; a viewer
that waits here can give up without breaking a connection."""


class LogReader:
    """Reads logs. Raises what Redis raises."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        self._free = asyncio.Semaphore(READERS)

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        """A page of a log from a position on, or from its beginning."""
        async with self._free:
            return await self._log.read_from(turn_id, position)

    async def exists(self, turn_id: str) -> bool:
        """True when there is a log."""
        async with self._free:
            return await self._log.newest(turn_id) is not None
