"""Events and results of calls, on their way to the worker that asked."""

from typing import Protocol

from turnstream.contracts.tools import (
    AttachTool,
    ToolCallFinished,
    ToolEventEmitted,
    ToolResult,
    lasting_seq,
)
from turnstream.contracts.turns import Json


class Replies(Protocol):
    """Sends to the reply streams of workers.

    It never raises: a reply that can't be sent is dropped. The result is in the ledger, and a
    worker that gets no reply asks again.
    """

    async def send(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        """Send an event of a running call, or the result of one that has ended."""
        ...

    async def ask_to_attach(self, command: AttachTool) -> None:
        """Ask the service that runs the call to send to another worker."""
        ...

    async def event(self, reply_to: str, key: str, seq: int, event: Json) -> None:
        """Send an event of a running call."""
        await self.send(reply_to, ToolEventEmitted(key=key, seq=seq, event=event))

    async def finished(self, reply_to: str, key: str, result: ToolResult) -> None:
        """Send the result of a call, which is in the ledger."""
        await self.send(reply_to, ToolCallFinished(key=key, result=result))

    async def recorded(self, reply_to: str, key: str, result: ToolResult) -> None:
        """Send a call that ended before: its events under the same numbers, and its result."""
        for index, event in enumerate(result.events):
            await self.event(reply_to, key, lasting_seq(index), event)
        await self.finished(reply_to, key, result)
