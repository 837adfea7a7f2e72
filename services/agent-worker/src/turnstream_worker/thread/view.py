"""What an attempt knows of its thread from its claim, without asking the store."""

from collections.abc import Iterable

import orjson
from chatkit.types import (
    Page,
    SDKHiddenContextItem,
    StructuredInputItem,
    ThreadItem,
    ThreadMetadata,
    WorkflowItem,
)
from turnstream.contracts.ids import derived_id
from turnstream.contracts.turns import ClaimedTurn, Json
from turnstream.transcript import same_content

from turnstream_worker import chatkit_json

_FIELDS = ("title", "status", "allowed_image_domains")


class ThreadView:
    """The first pages of the history, until the attempt writes, and the items that it wrote.

    The end of the turn takes back what earlier attempts stored and this one did not write.
    """

    def __init__(self, claimed: ClaimedTurn) -> None:
        self._thread = chatkit_json.load_thread(claimed.thread)
        self._items = claimed.items
        self._has_more = claimed.has_more_items
        self._stored: dict[str, Json] = {item["id"]: item for item in claimed.own_items}
        self._unedited: dict[str, Json] = {item["id"]: item for item in claimed.made_items}
        self._caught_up: set[str] = set()
        self._earlier = tuple(self._stored)
        self._turn_id = claimed.turn_id
        self._answered = {
            item["id"]
            for item in claimed.items
            if item["type"] == "structured_input" and item.get("status") != "pending"
        }
        self._free_seqs = iter(range(claimed.first_seq, claimed.first_seq + claimed.seqs))
        self._seqs: dict[str, int | None] = {}
        self.written: set[str] = set()
        """Items that this attempt stored or deleted."""
        self.keep_stop_marker = True
        self.set_by_others: dict[str, object] = {}
        """Fields of the thread that somebody else set, which the attempt could not replace, and the
        title where it may set none."""
        if not claimed.context.titles:
            self.set_by_others["title"] = self._thread.title

    def thread(self) -> ThreadMetadata:
        """The thread, as a copy that the caller may change."""
        return self._thread.model_copy(deep=True)

    def remember(self, thread: ThreadMetadata) -> None:
        """Note the thread as the attempt has saved it."""
        self._thread = ThreadMetadata.model_validate(thread.model_dump())

    def note_stored(self, fields: Iterable[str], stored: ThreadMetadata) -> None:
        """Note which of the fields that the attempt set are stored with another value."""
        self.set_by_others |= {
            name: getattr(stored, name)
            for name in fields
            if getattr(stored, name) != getattr(self._thread, name)
        }

    def page(self, limit: int, order: str) -> Page[ThreadItem] | None:
        """The first page of the history, `asc` or `desc`; None when the store must be asked."""
        newest_first = order == "desc"
        reaches_further = self._has_more and (not newest_first or limit > len(self._items))
        if self.written or reaches_further:
            return None
        rows = (self._items if newest_first else self._items[::-1])[:limit]
        has_more = self._has_more or len(rows) < len(self._items)
        after = rows[-1]["id"] if rows and has_more else None
        return Page(data=chatkit_json.load_items(rows), has_more=has_more, after=after)

    def seq(self, item_id: str) -> int | None:
        """An item's sequence number in the thread, given out when it is first asked for.

        Viewers order items by their beginning. The store alone would order them by their end: an
        answer that is still being written while a tool shows a widget would move on a reload.
        """
        if item_id not in self._seqs:
            self._seqs[item_id] = next(self._free_seqs, None)
        return self._seqs[item_id]

    def with_own_id(self, item: ThreadItem) -> ThreadItem:
        """The item, with an id of its own where it asks anew under the id of answered questions.

        An app may give its questions a constant id. The answers of an older turn stay.
        """
        asks = isinstance(item, StructuredInputItem) and item.status == "pending"
        if not asks or item.id not in self._answered or item.id in self._earlier:
            return item
        own = derived_id("si", self._turn_id, item.id)
        return item.model_copy(update={"id": own})

    def refuses(self, item: ThreadItem) -> bool:
        """True for the note of a Stop that the user did not press."""
        return isinstance(item, SDKHiddenContextItem) and not self.keep_stop_marker

    def normalized(self, item: ThreadItem) -> tuple[ThreadItem, bool]:
        """The item to store and show, and whether the store already has it in that form.

        An item that an earlier attempt stored keeps its times if nothing else differs, so that the
        stored item and the shown one are equal, whichever attempt stored or showed it.

        An item that was changed from outside the turn stays changed until the replay has reached
        the last form that this turn gave it. Every later form is new, and replaces the change.
        """
        before = self._stored.get(item.id)
        if before is None:
            return item, False
        form = orjson.loads(chatkit_json.dump_item(item).payload)
        if self._is_outdated(item.id, form):
            return chatkit_json.load_item(before), True
        if not same_content(before, form):
            del self._stored[item.id]
            return item, False
        first = chatkit_json.load_item(before)
        changes: dict[str, object] = {"created_at": first.created_at}
        if isinstance(first, WorkflowItem):
            changes["workflow"] = first.workflow  # its summary says how long it took
        return item.model_copy(update=changes), True

    def _is_outdated(self, item_id: str, form: Json) -> bool:
        """True for a form that is older than a change from outside the turn."""
        made = self._unedited.get(item_id)
        if made is None:
            return False
        if same_content(made, form):
            self._caught_up.add(item_id)
            return True
        return item_id not in self._caught_up

    def is_own(self, item_id: str) -> bool:
        """True for an item that an earlier attempt of the turn stored."""
        return item_id in self._earlier

    def wrote(self, item: ThreadItem) -> None:
        """Note that the attempt stored an item."""
        self.written.add(item.id)

    def removed(self, item_id: str) -> None:
        """Note that the attempt deleted an item. If it comes again, it gets a new number."""
        self._seqs.pop(item_id, None)
        self._stored.pop(item_id, None)
        self.written.add(item_id)

    def stale_items(self) -> list[str]:
        """Items of earlier attempts that this one neither stored nor deleted."""
        return [item_id for item_id in self._earlier if item_id not in self.written]


def thread_changes(before: ThreadMetadata, after: ThreadMetadata) -> tuple[Json, Json]:
    """The fields and the metadata keys that differ. A removed key is None."""
    old = before.model_dump(mode="json", exclude_none=True)
    new = after.model_dump(mode="json", exclude_none=True)
    fields = {name: new.get(name) for name in _FIELDS if new.get(name) != old.get(name)}
    metadata = {
        key: new["metadata"].get(key)
        for key in {**old["metadata"], **new["metadata"]}
        if new["metadata"].get(key) != old["metadata"].get(key)
    }
    return fields, metadata
