"""The items of one streamed response: which event belongs to which, whatever ids a server uses.

An id may differ between an item's beginning and its end (GitHub Copilot, mistral.rs#1944,
BerriAI/litellm#30072), be new in every event, missing, empty or the same for all items. An
output index may be missing or 0 for all. An item keeps the id and index it began with.
"""

from collections.abc import Set
from dataclasses import dataclass, field

from turnstream.contracts.turns import Json

_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc"}


@dataclass(eq=False)
class Item:
    """One item of the output, as far as it came."""

    index: int
    id: str
    kind: str
    begun: Json
    texts: dict[int, list[str]] = field(default_factory=dict)
    """The pieces of text of each part that has begun."""
    refusals: set[int] = field(default_factory=set)
    arguments: list[str] = field(default_factory=list)
    final: Json | None = None
    """The item as it ended; None while it is open."""

    def path(self) -> Json:
        """What names the item in an event."""
        return {"item_id": self.id, "output_index": self.index}

    def so_far(self) -> Json:
        """The item with what came of it, where a server never sent its end."""
        ended = {"status": "completed"} if "status" in self.begun else {}
        if self.kind == "message":
            return {**self.begun, **ended, "content": self._parts()}
        if self.kind == "function_call" and self.arguments:
            return {**self.begun, **ended, "arguments": "".join(self.arguments)}
        return {**self.begun, **ended}

    def _parts(self) -> list[Json]:
        return [
            {"type": "refusal", "refusal": "".join(pieces)}
            if part in self.refusals
            else {"type": "output_text", "text": "".join(pieces), "annotations": []}
            for part, pieces in sorted(self.texts.items())
        ]


def unique_call_id(given: object, index: int, taken: Set[object]) -> str:
    """The id of a call, or one made of it where the same response has such a call already."""
    call_id = str(given) if given else f"call_{index}"
    while call_id in taken:
        call_id = f"{call_id}_{index}"
    return call_id


class Outline:
    """The items of one response, by index."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self._last: dict[str, Item] = {}

    def begin(self, kind: str, item: Json, index: object) -> Item:
        """A new item, with an index and an id, and for a call a call id, of its own."""
        if not isinstance(index, int) or index in self.items:
            index = max(self.items, default=-1) + 1
        given = item.get("id")
        item_id = str(given) if given else f"{_PREFIXES.get(kind, 'item')}_{index}"
        begun = Item(index, item_id, kind, {**item, "id": item_id, "type": kind})
        if kind == "function_call":
            taken = {each.begun.get("call_id") for each in self.items.values()}
            begun.begun["call_id"] = unique_call_id(item.get("call_id"), index, taken)
        elif kind == "message":
            begun.texts = {
                number: [part.get("text") or part.get("refusal") or ""]
                for number, part in enumerate(item.get("content") or ())
            }
        self.items[index] = self._last[kind] = begun
        return begun

    def find(self, kind: str, index: object, item_id: object) -> Item | None:
        """The item of a kind that an event names: by its id, its index, or as the last open one."""
        named = [each for each in self.items.values() if each.id == item_id and each.kind == kind]
        if len(named) == 1:
            return named[0]
        if isinstance(index, int):
            found = self.items.get(index)
            if found is not None and found.kind == kind:
                return found
        if named:
            return named[-1]
        last = self._last.get(kind)
        return last if last is not None and last.final is None else None

    def in_order(self) -> list[Item]:
        """All items, by index."""
        return [self.items[index] for index in sorted(self.items)]
