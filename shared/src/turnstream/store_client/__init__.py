"""The store's API as the other services call it: typed, patient, and naming its failures."""

from datetime import timedelta
from types import TracebackType

from turnstream.store_client.attempts import Attempts
from turnstream.store_client.feedback import Verdicts
from turnstream.store_client.paused_runs import PausedRuns
from turnstream.store_client.records import (
    Attachments,
    DeadLetters,
    Facts,
    Files,
    Outbox,
    ToolCalls,
)
from turnstream.store_client.threads import Threads
from turnstream.store_client.transport import Transport
from turnstream.store_client.turns import Turns

__all__ = ["StoreClient"]


class StoreClient:
    """One connection pool to the store. Use it as an async context manager.

    `patience` is how long a call is tried again while the store does not answer. Every call is
    safe to repeat: writes carry ids, attempts or keys. Raises what the store raised
    (`turnstream.errors`), and `Unavailable` when patience has run out.
    """

    def __init__(self, url: str, *, patience: timedelta) -> None:
        self._transport = Transport(url, patience)
        self.turns = Turns(self._transport)
        self.attempts = Attempts(self._transport)
        self.threads = Threads(self._transport)
        self.attachments = Attachments(self._transport)
        self.files = Files(self._transport)
        self.facts = Facts(self._transport)
        self.outbox = Outbox(self._transport)
        self.paused_runs = PausedRuns(self._transport)
        self.feedback = Verdicts(self._transport)
        self.tool_calls = ToolCalls(self._transport)
        self.dead_letters = DeadLetters(self._transport)

    @property
    def latency(self) -> float:
        """Seconds that the store takes to answer, of late."""
        return self._transport.latency

    async def ready(self) -> bool:
        """True when the store can do its work now."""
        return await self._transport.ready()

    async def __aenter__(self) -> "StoreClient":
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()
