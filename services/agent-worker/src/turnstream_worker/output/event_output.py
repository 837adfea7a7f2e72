"""The way of an event out of an attempt: stored first, then shown, and never shown twice.

A second attempt runs the turn again from its start. What the viewers hold already, from the log
of the attempts before, is not sent again; an item that comes out different is.
"""

import orjson
from chatkit.types import (
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)
from turnstream.contracts.turns import ClaimedTurn, Json
from turnstream.http import sse
from turnstream.redis.event_log import Entry
from turnstream.transcript import Transcript, event_digest, same_content

from turnstream_worker import chatkit_json
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.thread.open_thread import OpenThread


class EventOutput:
    """Takes the events of one attempt, in order."""

    def __init__(self, thread: OpenThread, writer: LogWriter) -> None:
        self._thread = thread
        self._writer = writer
        self._held = Transcript()
        self._begun: set[str] = set()

    async def open(self, claimed: ClaimedTurn, log: list[Entry]) -> None:
        """Begin by bringing the viewers to what is stored of the attempts before.

        What those left open is taken back. What they stored and did not show (they died in
        between, or the log was lost) is shown now, in the order of the store: shown when the
        replay comes to it, it could stand elsewhere, for parallel tools end in any order.
        """
        earlier = [entry for entry in log if entry.position.attempt > 0]
        self._held = Transcript.of(
            event for entry in earlier for event in sse.events_in(entry.frames)
        )
        stored = {item["id"]: item for item in map(_public, claimed.own_items)}
        settling: list[Json] = [
            {"type": "thread.item.removed", "item_id": item_id}
            for item_id in self._held.open
            if item_id not in stored
        ]
        settling += [
            {"type": "thread.item.done", "item": item}
            for item in stored.values()
            if item["type"] not in chatkit_json.HIDDEN_TYPES and not self._holds(item)
        ]
        for event in settling:
            self._held.apply(event)
        await self._writer.open(
            [orjson.dumps(event) for event in claimed.opening],
            log,
            [orjson.dumps(event) for event in settling],
        )

    def emit(self, event: ThreadStreamEvent) -> None:
        """Store what the event makes lasting, then show it, unless the viewers have it.

        Nothing is awaited: the writer shows an event once what came before it is committed.
        """
        match event:
            case ThreadItemAddedEvent():
                self._thread.view.seq(event.item.id)
            case ThreadItemDoneEvent() | ThreadItemReplacedEvent():
                item = self._thread.save(event.item)
                event = event.model_copy(update={"item": item})
            case ThreadItemRemovedEvent():
                self._thread.remove(event.item_id)
            case _:
                pass
        if not _hidden(event) and not self._seen(event):
            self._writer.write(event)

    def show(self, event: Json) -> None:
        """Show an event that is stored already, or needs no storing."""
        if not self._seen_other(event):
            self._writer.write_raw(orjson.dumps(event))

    def take_back(self, item_ids: list[str]) -> None:
        """Delete items, and tell viewers that they are gone."""
        for item_id in item_ids:
            self._thread.remove(item_id)
            self._writer.write_raw(
                orjson.dumps({"type": "thread.item.removed", "item_id": item_id})
            )

    def _holds(self, item: Json) -> bool:
        held = self._held.done.get(item["id"])
        return held is not None and same_content(held, item)

    def _seen(self, event: ThreadStreamEvent) -> bool:
        """True when the viewers hold what this event would bring."""
        if not self._held.done and not self._held.others:
            return False
        match event:
            case ThreadItemAddedEvent():
                self._begun.add(event.item.id)
                return event.item.id in self._held.done
            case ThreadItemUpdatedEvent() if event.item_id in self._begun:
                return event.item_id in self._held.done
            case ThreadItemDoneEvent() | ThreadItemReplacedEvent():
                held = self._held.done.pop(event.item.id, None)
                return held is not None and same_content(held, _document(event))
            case ThreadItemRemovedEvent():
                self._held.done.pop(event.item_id, None)
                return False
            case _:
                return self._seen_other(orjson.loads(chatkit_json.dump_event(event)))

    def _seen_other(self, event: Json) -> bool:
        if not self._held.others:
            return False
        name = event_digest(event)
        seen = self._held.others[name] > 0
        if seen:
            self._held.others[name] -= 1
        return seen


def _document(event: ThreadItemDoneEvent | ThreadItemReplacedEvent) -> Json:
    document: Json = orjson.loads(chatkit_json.dump_event(event))["item"]
    return document


def _public(item: Json) -> Json:
    """A stored item as clients see it: attachment metadata is for the assistant only."""
    if not item.get("attachments"):
        return item
    visible = [
        {key: value for key, value in attachment.items() if key != "metadata"}
        for attachment in item["attachments"]
    ]
    return {**item, "attachments": visible}


def _hidden(event: ThreadStreamEvent) -> bool:
    """Hidden items never leave, in whatever event they come."""
    return getattr(getattr(event, "item", None), "type", None) in chatkit_json.HIDDEN_TYPES
