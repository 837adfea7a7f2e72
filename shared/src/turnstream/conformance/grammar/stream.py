"""What one stream told so far, and which rules its next event breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from turnstream.conformance.grammar import rules
from turnstream.conformance.rules import Violation
from turnstream.contracts.turns import Json

_HIDDEN = ("hidden_context_item", "sdk_hidden_context")


@dataclass
class Stream:
    """Judges the events of one stream, or of one turn over all its streams.

    `items` are those on display when an event comes; `whole` says that these are all that the
    thread has, so that a name that is not among them names nothing.
    """

    started: bool = False
    created: bool = False
    over: bool = False
    thread_id: str | None = None
    open: dict[str, str] = field(default_factory=dict)
    """Items that were added and did not end, with their types."""
    grown: set[str] = field(default_factory=set)
    """Those of them that got a delta."""
    ended: set[str] = field(default_factory=set)
    reloaded: set[str] = field(default_factory=set)
    """Items that were loaded while they grew."""

    def reload(self) -> None:
        """The thread was loaded: what is stored may hold deltas that are still to come."""
        self.reloaded.update(self.open)
        self.grown.clear()

    def judge(self, event: Json, items: Mapping[str, Json], whole: bool) -> Iterator[Violation]:
        """The rules that this event breaks, and take note of it."""
        kind = event["type"]
        if self.over:
            yield Violation(rules.NOTHING_AFTER_END, f"event after the end: {event!r:.200}")
        if kind in ("thread.created", "thread.updated"):
            yield from self._thread(kind, event["thread"])
        elif isinstance(event.get("item"), dict):
            yield from self._item(kind, event["item"], items, whole)
        elif kind == "thread.item.updated":
            yield from self._update(event["item_id"], event["update"], items, whole)
        elif kind == "thread.item.removed":
            yield from self._removal(event["item_id"], items, whole)
        self.started = True

    def end(self) -> Iterator[Violation]:
        """The rules that are broken when nothing more comes."""
        for item_id, kind in self.open.items():
            yield Violation(rules.ITEMS_END, f"{kind} {item_id} was added and never done")

    def _thread(self, kind: str, thread: Json) -> Iterator[Violation]:
        if kind == "thread.created":
            if self.created:
                yield Violation(rules.THREAD_CREATED_ONCE, f"{thread['id']} is created again")
            elif self.started:
                yield Violation(rules.THREAD_CREATED_FIRST, f"{thread['id']} after other events")
            self.created = True
        if thread.get("metadata"):
            yield Violation(rules.METADATA_STAYS, f"{kind} has {sorted(thread['metadata'])}")
        yield from self._belongs(thread["id"], kind)

    def _item(
        self, kind: str, item: Json, items: Mapping[str, Json], whole: bool
    ) -> Iterator[Violation]:
        item_id, what = item["id"], f"{item['type']} {item['id']}"
        yield from self._belongs(item["thread_id"], what)
        if item["type"] in _HIDDEN:
            yield Violation(rules.HIDDEN_STAYS_HIDDEN, f"{what} in {kind}")
        if kind == "thread.item.added":
            yield from self._addition(item, what)
        elif kind == "thread.item.done":
            if item_id in self.ended:
                yield Violation(rules.ITEMS_END_ONCE, f"{what} is done again")
            if self.open.get(item_id, item["type"]) != item["type"]:
                yield Violation(rules.TYPE_STAYS, f"{what} was added as {self.open[item_id]}")
            elif item_id in self.grown and item_id in items:
                yield from _differences(items[item_id], item)
            self._close(item_id)
            self.ended.add(item_id)
        elif kind == "thread.item.replaced":
            if whole and item_id not in items:
                yield Violation(rules.REPLACED_EXISTS, f"{what} is not there")
            self._close(item_id)

    def _addition(self, item: Json, what: str) -> Iterator[Violation]:
        if item["type"] == "user_message":
            yield Violation(rules.USERS_MESSAGE_WHOLE, f"{what} is added")
        if item["id"] in self.open or item["id"] in self.ended:
            yield Violation(rules.ADDED_ONCE, f"{what} is added again")
        self.ended.discard(item["id"])
        self.grown.discard(item["id"])
        self.open[item["id"]] = item["type"]

    def _update(
        self, item_id: str, update: Json, items: Mapping[str, Json], whole: bool
    ) -> Iterator[Violation]:
        kind = update["type"]
        if item_id in self.ended:
            yield Violation(rules.NO_UPDATE_AFTER_END, f"{kind} for {item_id}, which is done")
            return
        if item_id not in items:
            # A workflow may have been opened by an earlier turn: the stock server goes on with it.
            if whole or not kind.startswith("workflow."):
                yield Violation(rules.UPDATE_AFTER_ADDED, f"{kind} for an unknown item {item_id}")
            return
        if kind.endswith(("text_delta", "annotation_added")):
            index = update["content_index"]
            if index == len(items[item_id].get("content", ())):
                yield Violation(rules.PARTS_ADDED, f"{kind} for part {index} of {item_id}")
            if item_id in self.open and item_id not in self.reloaded:
                self.grown.add(item_id)

    def _removal(self, item_id: str, items: Mapping[str, Json], whole: bool) -> Iterator[Violation]:
        if whole and item_id not in items:
            yield Violation(rules.REMOVED_EXISTS, f"{item_id} is not there")
        self._close(item_id)
        self.ended.discard(item_id)

    def _belongs(self, thread_id: str, what: str) -> Iterator[Violation]:
        if self.thread_id not in (None, thread_id):
            yield Violation(rules.ONE_THREAD, f"{what} of {thread_id} among {self.thread_id}")
        self.thread_id = self.thread_id or thread_id

    def _close(self, item_id: str) -> None:
        self.open.pop(item_id, None)
        self.grown.discard(item_id)


def _differences(shown: Json, done: Json) -> Iterator[Violation]:
    """Where a message that grew by deltas is done otherwise than it was shown."""
    parts, whole = shown.get("content", []), done.get("content", [])
    texts, finals = ("".join(str(part.get("text", "")) for part in each) for each in (parts, whole))
    if texts != finals:
        detail = f"{done['id']} grew to {texts[-60:]!r} and is done as {finals[-60:]!r}"
        yield Violation(rules.DELTAS_ADD_UP, detail)
    kept = [note for part in whole for note in part.get("annotations") or ()]
    lost = [note for part in parts for note in part.get("annotations") or () if note not in kept]
    if lost:
        yield Violation(rules.ANNOTATIONS_KEPT, f"{done['id']} is done without {lost[0]!r:.120}")
