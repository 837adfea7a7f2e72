"""Ids of model output that are unique and the same in every attempt.

Chat Completions models call every message `__fake_id__`, so one answer overwrites another; some
servers number their tool calls afresh in each response. Here both get ids derived from the call.
"""

from typing import Any

from agents.models.fake_id import FAKE_RESPONSES_ID
from turnstream.contracts.ids import derived_id, digest

from turnstream_worker.replay.journal import Journal

_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc"}


class StableIds:
    """Mends the ids of one response, consistently over all of its events."""

    def __init__(self, turn_id: str, response_key: str, journal: Journal) -> None:
        self._key = digest(turn_id, response_key)
        self._journal = journal
        self._items: dict[int, str] = {}

    def settle_event(self, event: Any) -> Any:
        """The event with mended ids, and with annotations in the form that ChatKit can read."""
        item, index = getattr(event, "item", None), getattr(event, "output_index", None)
        if item is not None:
            self.settle(item)
            if index is not None and getattr(item, "id", None):
                self._items[index] = item.id
        if getattr(event, "item_id", None) == FAKE_RESPONSES_ID and index in self._items:
            event.item_id = self._items[index]
        for output in getattr(getattr(event, "response", None), "output", None) or ():
            self.settle(output)
        if event.type == "response.output_text.annotation.added":
            return _readable_annotation(event)
        return event

    def settle(self, item: Any) -> None:
        """Mend one output item in place. Mending it again changes nothing."""
        if item.type == "function_call":
            item.call_id = self._call_id(item.call_id)
            if not item.id or item.id == FAKE_RESPONSES_ID:
                item.id = derived_id("fc", self._key, item.call_id)
        elif getattr(item, "id", None) == FAKE_RESPONSES_ID:
            item.id = derived_id(_PREFIXES.get(item.type, "item"), self._key, item.type)

    def _call_id(self, call_id: str) -> str:
        mended = self._journal.unique_call_id(call_id, self._key)
        if mended != call_id:
            self._journal.unique_call_id(mended, self._key)
        return mended


def _readable_annotation(event: Any) -> Any:
    """ChatKit 1.6.5 validates annotations as `openai` < 3.1 typed them: from plain data."""
    if hasattr(event.annotation, "model_dump"):
        return event.model_copy(update={"annotation": event.annotation.model_dump()})
    return event
