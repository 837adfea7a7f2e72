"""Event logs in memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from turnstream.redis.client import command_client
from turnstream.redis.event_log import PAGE, Entry, EventLog, LogFenced, LogLost, Position
from turnstream.redis.log_servers import one_server

_NOWHERE = "redis://127.0.0.1:1"


class MemoryEventLog(EventLog):
    """Event logs in this process. They run the suite of the logs in Redis.

    None is ever too old to be kept, and `latency` stays 0.
    """

    def __init__(self) -> None:
        super().__init__(one_server(command_client(_NOWHERE)))  # connects to nothing
        self.logs: dict[str, list[Entry]] = {}
        self._newest: dict[str, Position] = {}
        """The last position that each log has had: an id that does not grow is refused, though its
        log was emptied since."""
        self._hear: Callable[[str, Entry], None] | None = None

    @contextmanager
    def listening(self, hear: Callable[[str, Entry], None]) -> Iterator[None]:
        """Tell `hear` of each entry that is announced, with its turn, as a viewer would get it."""
        self._hear = hear
        try:
            yield
        finally:
            self._hear = None

    async def _write(
        self,
        turn_id: str,
        entries: Sequence[Entry],
        *,
        create: bool = False,
        announce: bool = True,
        after: Position | None = None,
    ) -> None:
        newest = await self.newest(turn_id)
        if after is not None and (newest is None or newest < after):
            raise LogLost(turn_id)
        if turn_id not in self.logs and not create:
            raise LogLost(turn_id)
        log = self.logs.setdefault(turn_id, [])
        for entry in entries:
            last = self._newest.get(turn_id)
            if last is None or entry.position > last:
                log.append(entry)
                self._newest[turn_id] = entry.position
                if announce and self._hear is not None:
                    self._hear(turn_id, entry)
            elif all(entry.position != kept.position for kept in log):
                raise LogFenced(turn_id)

    async def read(
        self, turn_id: str, after: Position | None = None, count: int = PAGE
    ) -> list[Entry]:
        log = self.logs.get(turn_id, [])
        return [entry for entry in log if after is None or entry.position > after][:count]

    async def read_from(self, turn_id: str, position: Position | None) -> list[Entry]:
        log = self.logs.get(turn_id, [])
        return [entry for entry in log if position is None or entry.position >= position][:PAGE]

    async def newest(self, turn_id: str) -> Position | None:
        log = self.logs.get(turn_id)
        return log[-1].position if log else None

    async def drop(self, turn_id: str) -> None:
        self.logs.pop(turn_id, None)
        self._newest.pop(turn_id, None)

    async def forget_before(self, turn_id: str, position: Position) -> None:
        log = self.logs.get(turn_id, [])
        log[:] = [entry for entry in log if entry.position >= position]

    async def refresh(self, turn_id: str) -> bool:
        return turn_id in self.logs
