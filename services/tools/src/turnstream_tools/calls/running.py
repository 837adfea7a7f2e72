"""A call that runs in this process: the worker that hears of it, and the reasons to stop it."""

import asyncio
from enum import StrEnum

from turnstream.contracts.tools import CallTool, ToolResult
from turnstream.contracts.turns import Json

from turnstream_tools.calls.replies import Replies
from turnstream_tools.events.call_events import CallEvents


class Stop(StrEnum):
    """Why a tool was stopped before it returned."""

    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    """No one needs the result any more."""
    DRAINED = "drained"
    """This service shuts down."""
    LOST = "lost"
    """The lease could not be renewed: another service may decide about the call, or nobody knows it
    any more."""


class CallEnded(Exception):
    """A tool emitted an event after its call was answered."""


class RunningCall:
    """One run of one call. Its events go out in order, to one worker at a time."""

    def __init__(self, command: CallTool, run: int, replies: Replies, held_until: float) -> None:
        self.command = command
        self.key = command.key
        self.run = run
        self.held_until = held_until
        """When the lease ends at the earliest, by this process's monotonic clock."""
        self.task: asyncio.Task[object] | None = None
        """The tool's own task, once it was started."""
        self.stopped: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()
        self._replies = replies
        self._attempt = command.attempt
        self._reply_to = command.reply_to
        self._emissions = CallEvents()
        self._closed = False
        self._result: ToolResult | None = None
        self._sending = asyncio.Lock()

    def stop(self, reason: Stop) -> None:
        """Stop the tool. The first reason counts."""
        if not self.stopped.done():
            self.stopped.set_result(reason)

    async def emit(self, event: Json) -> None:
        """Send an event to the attached worker. Raises `CallEnded` once the call is answered."""
        async with self._sending:
            if self._closed:
                raise CallEnded(f"Call {self.key} has been answered.")
            emitted = self._emissions.add(event)
            await self._replies.event(self._reply_to, self.key, emitted.seq, emitted.event)

    def close(self) -> list[Json]:
        """Take no more events. Returns those that last."""
        self._closed = True
        return self._emissions.lasting()

    async def attach(self, attempt: int, reply_to: str) -> None:
        """Send to this worker from now on, and first the earlier events, under the same numbers.

        A command of an older attempt than the attached one is ignored.
        """
        async with self._sending:
            if attempt < self._attempt:
                return
            self._attempt, self._reply_to = attempt, reply_to
            for emitted in self._emissions.so_far():
                await self._replies.event(reply_to, self.key, emitted.seq, emitted.event)
            if self._result is not None:
                await self._replies.finished(reply_to, self.key, self._result)

    async def finish(self, result: ToolResult) -> None:
        """Send the result, which is in the ledger already, to the attached worker."""
        async with self._sending:
            self._result = result
            await self._replies.finished(self._reply_to, self.key, result)
