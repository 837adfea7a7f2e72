"""Ids of model output that are unique and the same in every attempt.

Chat Completions models call every message `__fake_id__`, so one answer overwrites another; some
servers number their tool calls afresh in each response. Both get ids here that are derived from the
call.
"""

from collections.abc import Mapping
from typing import Any

from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import (
    ResponseApplyPatchToolCall,
    ResponseComputerToolCall,
    ResponseCustomToolCall,
    ResponseFunctionShellToolCall,
)
from openai.types.responses.response_output_item import LocalShellCall
from turnstream.contracts.ids import derived_id, digest

from turnstream_worker.replay.journal import Journal
from turnstream_worker.sdk.agents_facts import FAKE_RESPONSES_ID

_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc"}

LOCAL_CALLS = (
    LocalShellCall,
    ResponseApplyPatchToolCall,
    ResponseComputerToolCall,
    ResponseCustomToolCall,
    ResponseFunctionShellToolCall,
)
"""Calls beside those of functions that may run in this process."""


class StableIds:
    """Replaces the ids of one response, consistently over all of its events."""

    def __init__(self, turn_id: str, response_key: str, journal: Journal) -> None:
        self._key = digest(turn_id, response_key)
        self._journal = journal
        self._items: dict[int, str] = {}

    def replace_in_event(self, event: TResponseStreamEvent) -> None:
        """Replace the ids of an event, in place."""
        item, index = getattr(event, "item", None), getattr(event, "output_index", None)
        if item is not None:
            self.replace_in(item)
            if index is not None and getattr(item, "id", None):
                self._items[index] = item.id
        if index in self._items and getattr(event, "item_id", None) == FAKE_RESPONSES_ID:
            setattr(event, "item_id", self._items[index])  # noqa: B010  # a union: most have one
        for output in getattr(getattr(event, "response", None), "output", None) or ():
            self.replace_in(output)

    def replace_in(self, item: TResponseOutputItem) -> None:
        """Replace the ids of one output item, in place. A second call changes nothing."""
        if isinstance(item, Mapping):
            return
        if item.type == "function_call":
            item.call_id = self._call_id(item.call_id)
            if not item.id or item.id == FAKE_RESPONSES_ID:
                item.id = derived_id("fc", self._key, item.call_id)
        elif isinstance(item, LOCAL_CALLS):
            item.call_id = self._call_id(item.call_id)
        elif getattr(item, "id", None) == FAKE_RESPONSES_ID:
            fake: Any = item  # of the union's classes those with an id
            fake.id = derived_id(_PREFIXES.get(item.type, "item"), self._key, item.type)

    def _call_id(self, call_id: str) -> str:
        unique = self._journal.unique_call_id(call_id, self._key)
        if unique != call_id:
            self._journal.unique_call_id(unique, self._key)
        return unique
