"""Event logs in memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from turnstream.redis.client import command_client
from turnstream.redis.event_log import Entry, EventLog, LogFenced, LogLost, Position
from turnstream.redis.log_servers import one_server

_NOWHERE = "redis://127.0.0.1:1"


class MemoryEventLog(EventLog):
    """Event logs in this process, with the promises of the real ones."""

    def __init__(self) -> None:
        super().__init__(one_server(command_client(_NOWHERE)))  # connects to nothing
        self.logs: dict[str, list[Entry]] = {}
        self._hear: Callable[[str, Entry], None] | None = None

    @contextmanager
    def listening(self, hear: Callable[[str, Entry], None]) -> Iterator[None]:
        """Tell `hear` of each entry, with its turn, as a viewer would get it."""
        self._hear = hear
        try:
            yield
        finally:
            self._hear = None

    async def append(
        self, turn_id: str, entries: Sequence[Entry], *, after: Position | None = None
    ) -> None:
        if turn_id not in self.logs:
            raise LogLost(turn_id)
        await self.seed(turn_id, entries)

    async def seed(self, turn_id: str, entries: Sequence[Entry], *, announce: bool = True) -> None:
        log = self.logs.setdefault(turn_id, [])
        for entry in entries:
            if log and entry.position.attempt < log[-1].position.attempt:
                raise LogFenced(turn_id)
            if not log or entry.position > log[-1].position:
                log.append(entry)
                if self._hear is not None:
                    self._hear(turn_id, entry)

    async def read_all(self, turn_id: str) -> list[Entry]:
        return list(self.logs.get(turn_id, []))

    async def refresh(self, turn_id: str) -> bool:
        return turn_id in self.logs
