"""The objects of an attempt, and the steps of its end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import (
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
)
from turnstream.contracts.turns import ReleaseTurn, TurnEnd, TurnStatus
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import contained
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.replay.journal import Journal
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.spans.attempts import tell_end
from turnstream_worker.thread.open_thread import OpenThread
from turnstream_worker.turns.closing_items import kept_of_part, kept_of_whole
from turnstream_worker.turns.pump import EventPump

log = get_logger(__name__)

Kept = Callable[[ThreadItem], ThreadItem | None]
"""An open item as it is kept, or None."""

TIMEOUT = 5.0
"""Seconds that the end of a turn waits for the assistant's clean-up, and for Redis. Then the end is
committed without them; viewers get the rest from the store."""
CLOSING_TIMEOUT = 60.0
"""Seconds for which a worker tries to write the end of a log while Redis is away."""


@dataclass
class AttemptContext:
    """The objects of one attempt. They are made together and closed together."""

    attempt: Attempt
    server: ChatKitServer[Any]
    client: StoreClient
    settings: WorkerSettings
    thread: OpenThread
    writer: LogWriter
    output: EventOutput
    pump: EventPump
    journal: Journal
    ended_as: str = "lost"
    """How the attempt ended: the turn's status, or `retried`, or `given_back`."""

    def open_items(self) -> list[ThreadItem]:
        """The items that the assistant began and did not end, as far as they got."""
        return chatkit_json.load_items(self.output.open_items())

    async def clean_up(self, items: list[ThreadItem]) -> None:
        """Tell the assistant that its user stopped the turn, and which items are open.

        The turn ends as stopped even if this fails. Raises only what the assistant raises once
        another attempt may run.
        """
        cleaned = self.server.handle_stream_cancelled(self.pump.thread, items, self.pump.context)
        # In a task of its own: an app may raise anything, `CancelledError` too, and its user's Stop
        # counts all the same.
        cleaning = asyncio.create_task(contained(cleaned))
        await asyncio.wait({cleaning}, timeout=TIMEOUT)
        if not cleaning.done() or cleaning.cancelled():
            cleaning.cancel()
            log.error("assistant did not clean up", turn_id=self.attempt.turn_id)
        elif (error := cleaning.exception()) is not None:
            if self.attempt.is_lost:
                raise error
            failed = "assistant failed to clean up"
            log.error(failed, turn_id=self.attempt.turn_id, exc_info=error)

    def close_complete(self) -> None:
        """Finish what the assistant left open when it ended by itself.

        A workflow that ChatKit has stored unfinished stays so where the thread goes on with the
        output of a client tool: ChatKit continues it in that turn.
        """
        goes_on = self.output.awaits_client()
        unfinished = [
            item
            for item in self.open_items()
            if not (goes_on and item.type == "workflow" and self.thread.has_written(item.id))
        ]
        self._close(unfinished, kept_of_whole)

    def close_open_items(self, items: list[ThreadItem]) -> None:
        """Finish or take back every open item of a turn that ends early."""
        self._close(items, kept_of_part)

    def _close(self, items: list[ThreadItem], kept_of: Kept) -> None:
        """Close items for the store and for viewers alike.

        Items that the store refused are taken back too: viewers saw them begin.
        """
        for item in items:
            kept = kept_of(item)
            if kept is None and not self.thread.has_written(item.id):
                self.output.emit(ThreadItemRemovedEvent(item_id=item.id))
            else:
                self.output.emit(ThreadItemDoneEvent(item=kept or item))
        if self.thread.writes.refused:
            closed = {item.id for item in items}
            for item_id in self.writer.open_items():
                if item_id not in closed:
                    self.output.show({"type": "thread.item.removed", "item_id": item_id})

    async def finish(self, end: TurnEnd) -> None:
        """Commit the end, then close the log: a viewer that sees the end can read the result."""
        await self.output.save_revisions(self._load)
        self.output.take_back(self.thread.stale_items())
        if end.dead or self.attempt.claimed.keep_journals.keeps(end.status):
            self.journal.record_requests()
        await self.thread.writes.end(end)
        self.attempt.finished, self.ended_as = True, end.status.value
        tell_end(TurnStatus(end.status), end.error)
        if not await self.writer.close(end.status, CLOSING_TIMEOUT):
            log.warning(
                "log not closed, viewers are told by the store", turn_id=self.attempt.turn_id
            )

    async def _load(self, item_id: str) -> ThreadItem | None:
        """An item of the thread as it is stored; None where it is not."""
        await self.thread.writes.committed()
        owner, thread_id = self.attempt.owner, self.attempt.thread_id
        try:
            return chatkit_json.load_item(await self.client.threads.item(owner, thread_id, item_id))
        except NotFound:
            return None

    async def release(self, command: ReleaseTurn) -> None:
        """Give the turn back to the queue, after everything the attempt did is committed."""
        await self.thread.writes.committed()
        await self.writer.flush(TIMEOUT)
        self.ended_as = "retried" if command.count_as_failed else "given_back"
        await self.client.turns.release(self.attempt.owner, self.attempt.turn_id, command)
        tell_end(TurnStatus.QUEUED, command.error)

    async def abandon(self) -> None:
        """Write nothing more, neither to the store nor to the log."""
        await self.thread.writes.abandon()
        await self.writer.abandon()
