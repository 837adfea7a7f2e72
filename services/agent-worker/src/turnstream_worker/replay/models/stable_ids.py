"""Ids of model output that are unique in a thread and the same in every attempt.

Chat Completions models call every message `__fake_id__`; servers of the Responses API number their
messages afresh in each response (`msg_0`), or send no id at all; others number their tool calls so.
ChatKit names an item of the thread after the message, so one answer would overwrite another.
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
from turnstream_worker.sdk.models.event_fields import field

_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc"}
_SHORTEST = 16
"""Characters of an id that is random enough to be of one call only. OpenAI's have fifty."""

LOCAL_CALLS = (
    LocalShellCall,
    ResponseApplyPatchToolCall,
    ResponseComputerToolCall,
    ResponseCustomToolCall,
    ResponseFunctionShellToolCall,
)
"""Calls beside those of functions that may run in this process."""


class StableIds:
    """Replaces the ids of one response, consistently over all of its events.

    Viewers get a message under an id that is derived from the call and the message's number. The
    response that ends the stream keeps the server's ids, for the next request to that server.
    """

    def __init__(self, turn_id: str, response_key: str, journal: Journal) -> None:
        self._key = digest(turn_id, response_key)
        self._journal = journal
        self._items: dict[tuple[str, object], str] = {}
        """The ids by item and by kind: a thought in the middle of a text has the text's index
        over Chat Completions."""
        self._messages: dict[object, int] = {}

    def replace_in_event(self, event: TResponseStreamEvent) -> None:
        """Replace the ids of an event, in place."""
        seen: Any = event  # a union: most of its classes have some of these fields
        item, index = field(event, "item"), field(event, "output_index")
        if item is not None:
            self._replace_in_item(seen, item, index)
        elif (item_id := field(event, "item_id")) is not None:
            slot = item_id if index is None else index
            known = self._items.get((_kind_of(seen.type), slot)) or self._items.get(("", slot))
            seen.item_id = item_id if known is None else known
        for output in getattr(field(event, "response"), "output", None) or ():
            self.replace_in(output)

    def replace_in(self, item: TResponseOutputItem) -> None:
        """Replace the ids of one output item, in place. A second call changes nothing."""
        if isinstance(item, Mapping):
            return
        if item.type == "function_call":
            item.call_id = self._call_id(item.call_id)
            if not item.id or item.id == FAKE_RESPONSES_ID or len(item.id) < _SHORTEST:
                item.id = derived_id("fc", self._key, item.call_id)
        elif isinstance(item, LOCAL_CALLS):
            item.call_id = self._call_id(item.call_id)
        elif getattr(item, "id", None) == FAKE_RESPONSES_ID:
            fake: Any = item  # of the union's classes those with an id
            fake.id = derived_id(_PREFIXES.get(item.type, "item"), self._key, item.type)

    def _replace_in_item(self, event: Any, item: TResponseOutputItem, index: object) -> None:
        given = getattr(item, "id", None)
        slot = given if index is None else index
        if item.type != "message":
            self.replace_in(item)
        elif given != (shown := self._message_id(slot)):
            # A copy: the response that ends the stream may hold the same object.
            event.item = item.model_copy(update={"id": shown})
        self._items[item.type, slot] = self._items["", slot] = getattr(event.item, "id", None) or ""

    def _message_id(self, slot: object) -> str:
        """The id of the n-th message. Its index is another one when the answer is played back."""
        number = self._messages.setdefault(slot, len(self._messages))
        return derived_id("msg", self._key, number)

    def _call_id(self, call_id: str) -> str:
        unique = self._journal.unique_call_id(call_id, self._key)
        if unique != call_id:
            self._journal.unique_call_id(unique, self._key)
        return unique


def _kind_of(event: str) -> str:
    """The kind of item that an event tells more of; empty where the slot alone says it."""
    kind = event.removeprefix("response.")
    if kind.startswith(("output_text", "content_part", "refusal")):
        return "message"
    return "reasoning" if kind.startswith("reasoning") else ""
