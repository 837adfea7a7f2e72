"""The objects of an attempt, and the steps of its end."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageItem,
    DurationSummary,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    WorkflowItem,
)
from turnstream.contracts.turns import ReleaseTurn, TurnEnd
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import contained
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.replay.journal import Journal
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.open_thread import OpenThread
from turnstream_worker.turns.pump import EventPump

log = get_logger(__name__)

PATIENCE = 5.0
"""Seconds that the end of a turn waits for the assistant's clean-up, and for Redis. Then the end is
committed without them; viewers get the rest from the store."""
CLOSING_PATIENCE = 60.0
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

    def open_items(self) -> list[ThreadItem]:
        """The items that the assistant began and did not end, as far as they got."""
        return chatkit_json.load_items(self.output.open_items())

    async def clean_up(self, items: list[ThreadItem]) -> None:
        """Tell the assistant that its user stopped the turn, and which items are open.

        The turn ends as stopped even if the assistant fails to. Raises only what the assistant
        raises once another attempt may run.
        """
        cleaned = self.server.handle_stream_cancelled(self.pump.thread, items, self.pump.context)
        # In a task of its own: an app may raise anything, `CancelledError` too, and its user's Stop
        # counts all the same.
        cleaning = asyncio.create_task(contained(cleaned))
        await asyncio.wait({cleaning}, timeout=PATIENCE)
        if not cleaning.done() or cleaning.cancelled():
            cleaning.cancel()
            log.error("assistant did not clean up", turn_id=self.attempt.turn_id)
        elif (error := cleaning.exception()) is not None:
            if self.attempt.is_lost:
                raise error
            failed = "assistant failed to clean up"
            log.error(failed, turn_id=self.attempt.turn_id, exc_info=error)

    def close_open_items(self, items: list[ThreadItem]) -> None:
        """Finish or take back every open item, for the store and for viewers alike.

        Items that the store refused are taken back too: viewers saw them begin.
        """
        for item in items:
            kept = _kept(item)
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
        self.output.take_back(self.thread.stale_items())
        await self.thread.writes.end(end)
        self.attempt.finished = True
        if not await self.writer.close(end.status, CLOSING_PATIENCE):
            log.warning(
                "log not closed, viewers are told by the store", turn_id=self.attempt.turn_id
            )

    async def release(self, command: ReleaseTurn) -> None:
        """Give the turn back to the queue, after everything the attempt did is committed."""
        await self.thread.writes.committed()
        await self.writer.flush(PATIENCE)
        await self.client.turns.release(self.attempt.turn_id, command)

    async def abandon(self) -> None:
        """Write nothing more, neither to the store nor to the log."""
        await self.thread.writes.abandon()
        await self.writer.abandon()


def _kept(item: ThreadItem) -> ThreadItem | None:
    """The item as it is kept when its turn ends early; None for what can't be kept."""
    if isinstance(item, AssistantMessageItem):
        return item if any(part.text.strip() for part in item.content) else None
    if isinstance(item, WorkflowItem):
        if item.workflow.summary is None:
            now = datetime.now(UTC).replace(tzinfo=None)
            elapsed = max(now - item.created_at, timedelta(0))
            item.workflow.summary = DurationSummary(duration=int(elapsed.total_seconds()))
        item.workflow.expanded = False
        return item
    return None
