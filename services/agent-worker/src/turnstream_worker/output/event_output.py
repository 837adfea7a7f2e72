"""The output of an attempt: an event is stored first, then shown, and never shown twice."""

from collections.abc import Iterable, Sequence

import orjson
from chatkit.types import (
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadStreamEvent,
    ThreadUpdatedEvent,
)
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.text import SplitCharacters
from turnstream.contracts.turns import ClaimedTurn, Json
from turnstream.redis.event_log import Entry
from turnstream.transcript import Transcript

from turnstream_worker import chatkit_json
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.output.revisions import Load, Revisions
from turnstream_worker.output.text_batch import target_of, text_of
from turnstream_worker.output.viewers_copy import ViewersCopy
from turnstream_worker.thread.open_thread import OpenThread

_TELLING = frozenset({"client_effect", "error", "notice"})
"""Events without an item by which a user learns something."""


class EventOutput:
    """Takes the events of one attempt, in order, and knows which items they left open."""

    def __init__(self, thread: OpenThread, writer: LogWriter) -> None:
        self._thread = thread
        self._writer = writer
        self._viewers = ViewersCopy()
        self._emitted = Transcript()
        self._characters = SplitCharacters()
        self._has_answer = False
        self._revisions = Revisions()

    def open(self, claimed: ClaimedTurn, log: Sequence[Entry]) -> None:
        """Open the attempt: bring viewers in line with what earlier attempts stored.

        `log` is the turn's log as it stands; empty for a first attempt.
        """
        self._viewers = ViewersCopy(log)
        events = self._viewers.reconcile(claimed.own_items)
        self._writer.open(_dumped(claimed.opening), log, _dumped(events))

    def emit(self, event: ThreadStreamEvent) -> None:
        """Store what the event makes lasting, then show it, unless viewers have it already.

        Nothing is awaited: the writer shows an event once what came before it is committed.
        """
        document = chatkit_json.event_document(self._stored(event))
        if (text := text_of(document)) is not None:
            update = document["update"]
            update["delta"] = self._characters.join(target_of(document), text)
        if not _is_hidden(document):
            self.show(document)
        self._revisions.note(document, self._emitted)
        self._emitted.apply(document)  # what can't be shown has not happened to viewers
        self._has_answer = self._has_answer or document["type"] in _TELLING

    def show(self, event: Json) -> None:
        """Show an event that is stored already, or needs no storing."""
        news = self._viewers.news(event)
        if news is not None:
            self._writer.write(news)

    def take_back(self, item_ids: Iterable[str]) -> None:
        """Delete items, and tell viewers that they are gone."""
        for item_id in item_ids:
            self._thread.remove(item_id)
            self._writer.write({"type": "thread.item.removed", "item_id": item_id})

    def open_items(self) -> list[Json]:
        """The items that this attempt began and did not end, as far as they got."""
        return list(self._emitted.open_items.values())

    def has_answer(self) -> bool:
        """True when the attempt has shown its user anything but thoughts and blank text."""
        items = [*self._emitted.done.values(), *self._emitted.open_items.values()]
        return self._has_answer or any(map(_answers, items))

    def awaits_client(self) -> bool:
        """True when the thread goes on with the output of a client tool that was called."""
        return any(item.get("status") == "pending" for item in self._emitted.done.values())

    async def save_revisions(self, load: Load) -> None:
        """Store what updates made of items that were stored before; `load` gives those."""
        for item in await self._revisions.items(load):
            self._thread.save(item)

    def _stored(self, event: ThreadStreamEvent) -> ThreadStreamEvent:
        """The event with its item as it is stored."""
        match event:
            case ThreadItemAddedEvent():
                item = self._thread.view.with_own_id(event.item)
                self._thread.view.seq(item.id)
                return event.model_copy(update={"item": item})
            case ThreadItemDoneEvent() | ThreadItemReplacedEvent():
                return event.model_copy(update={"item": self._thread.save(event.item)})
            case ThreadItemRemovedEvent():
                self._thread.remove(event.item_id)
            case ThreadUpdatedEvent():
                thread = event.thread.model_copy(update=self._thread.view.set_by_others)
                return event.model_copy(update={"thread": thread})
            case _:
                pass
        return event


def _answers(item: Json) -> bool:
    if item["type"] == "assistant_message":
        return any(part.get("text", "").strip() for part in item["content"])
    if item["type"] == "workflow":
        return bool(item["workflow"].get("type") != "reasoning")
    return item["type"] not in HIDDEN_TYPES


def _is_hidden(event: Json) -> bool:
    """True for an event with a hidden item: those are never shown."""
    return event.get("item", {}).get("type") in HIDDEN_TYPES


def _dumped(events: Iterable[Json]) -> list[bytes]:
    return [orjson.dumps(event) for event in events]
