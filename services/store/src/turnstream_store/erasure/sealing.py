"""The event logs of an erased user's turns: emptied, and closed to any worker that still writes."""

from contextlib import suppress

from redis.exceptions import RedisError
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import Unavailable
from turnstream.http import sse
from turnstream.redis.event_log import Entry, EventLog, Kind, LogFenced, Position

_END = TurnStatus.CANCELLED


class LogSealer:
    """Seals logs in Redis. Raises `Unavailable` while that does not answer."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log

    async def seal(self, turn_id: str, attempt: int) -> None:
        """Leave nothing in a log but its end, under an attempt that fences every earlier writer.

        A log that is gone gets its end too: a writer that finds none would write all of it anew.
        Doing it again changes nothing.
        """
        start, end = Position(attempt, 0), Position(attempt, 1)
        entries = [
            Entry(start, Kind.ATTEMPT, sse.frames(start, [])),
            Entry(end, Kind.end(_END), sse.end_frame(end, _END)),
        ]
        try:
            with suppress(LogFenced):  # it was closed under a later attempt
                await self._log.seed(turn_id, entries)
            await self._log.forget_before(turn_id, start)
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error

    async def holds_more(self, turn_id: str, attempt: int) -> bool:
        """True when a log has an entry from before its seal."""
        try:
            first = await self._log.read(turn_id, count=1)
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error
        return bool(first) and first[0].position < Position(attempt, 0)
