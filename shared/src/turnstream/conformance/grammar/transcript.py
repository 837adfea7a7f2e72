"""The thread as a ChatKit UI holds it: built from events, or loaded."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Literal

from turnstream.conformance.grammar import rules
from turnstream.conformance.grammar.item_updates import UpdateMismatch, apply_update
from turnstream.conformance.grammar.shapes import UPDATES, misshapen, unknown_types
from turnstream.conformance.grammar.stream import Stream
from turnstream.conformance.rules import Rule, Violation
from turnstream.contracts.turns import Json

ItemStatus = Literal["in_progress", "done"]


@dataclass
class Transcript:
    """What the user sees. Keys of `items` and `status` are item ids, in the order of display.

    `violations` lists what was wrong with the events; a correct stream has none. Call `begin()`
    before each turn and `end()` when its stream closes.
    """

    thread: Json | None = None
    items: dict[str, Json] = field(default_factory=dict)
    status: dict[str, ItemStatus] = field(default_factory=dict)
    stream_options: Json | None = None
    progress: list[Json] = field(default_factory=list)
    effects: list[Json] = field(default_factory=list)
    notices: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    whole: bool = False
    """True when all items of the thread are known: it was created or loaded here."""
    line: int | None = None
    """Where in a saved stream the event stands that is applied."""
    _stream: Stream = field(default_factory=Stream)

    @property
    def complaints(self) -> list[str]:
        """The violations as texts."""
        return [str(each) for each in self.violations]

    def copy(self) -> "Transcript":
        """What is on display now, whatever comes."""
        return deepcopy(self)

    def become(self, other: "Transcript") -> None:
        """Take over the other's content; violations are never taken back."""
        violations = self.violations
        self.__dict__.update(deepcopy(other.__dict__))
        self.violations = violations

    def load(self, thread: Json, items: list[Json]) -> None:
        """Show a thread as the server stores it; nothing in it is in progress."""
        self.thread = _without_items(thread)
        self.items = {item["id"]: deepcopy(item) for item in items}
        self.status = dict.fromkeys(self.items, "done")
        self.whole = True
        self._stream.reload()

    def begin(self) -> None:
        """Another turn follows, or the present one from its beginning."""
        self._stream = Stream()

    def end(self) -> None:
        """Nothing more comes of the present turn."""
        for violation in self._stream.end():
            self.violations.append(replace(violation, line=self.line))

    def close(self) -> None:
        """The turn was said to be over: an event that comes now is one too many."""
        self._stream.over = True

    def apply(self, event: object) -> None:
        """Apply one ThreadStreamEvent. Adding an item again resets it where it stands."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            self.report(rules.EVENT_SHAPE, f"no event: {event!r:.120}")
            return
        event = deepcopy(event)
        for unknown in unknown_types(event):
            self.report(rules.KNOWN_TYPES, unknown)
        if wrong := list(misshapen(event)):
            for detail in wrong:
                self.report(rules.EVENT_SHAPE, detail)
            return
        self.whole = self.whole or event["type"] == "thread.created"
        for violation in self._stream.judge(event, self.items, self.whole):
            self.violations.append(replace(violation, line=self.line))
        self._show(event)

    def report(self, rule: Rule, detail: str) -> None:
        """Take down that a rule was broken, here or by what brought the events."""
        self.violations.append(Violation(rule, detail, self.line))

    def _show(self, event: Json) -> None:
        match event["type"]:
            case "thread.created" | "thread.updated":
                self.thread = _without_items(event["thread"])
            case "thread.item.added":
                self._put(event["item"], "in_progress")
            case "thread.item.done" | "thread.item.replaced":
                self._put(event["item"], "done")
            case "thread.item.updated":
                self._update(event["item_id"], event["update"])
            case "thread.item.removed":
                self._remove(event["item_id"])
            case "stream_options":
                self.stream_options = event["stream_options"]
            case "progress_update":
                self.progress.append(event)
            case "client_effect":
                self.effects.append(event)
            case "notice":
                self.notices.append(event)
            case "error":
                self.errors.append(event)

    def answer_client_tool_call(self, result: object) -> None:
        """What the UI does itself when it sends a tool's output: no event tells it."""
        for item in reversed(self.items.values()):
            if item["type"] == "client_tool_call" and item["status"] == "pending":
                item.update(status="completed", output=result)
                return

    def drop_after(self, item_id: str) -> None:
        """What the UI does itself when it retries after a message: no event tells it."""
        ids = list(self.items)
        for later in ids[ids.index(item_id) + 1 :] if item_id in ids else []:
            self._remove(later)

    def text(self) -> str:
        """Everything the assistant wrote, item by item, for short assertions."""
        return "\n".join(
            "".join(part.get("text", "") for part in item["content"])
            for item in self.items.values()
            if item["type"] == "assistant_message"
        )

    def _put(self, item: Json, status: ItemStatus) -> None:
        self.items[item["id"]] = item
        self.status[item["id"]] = status

    def _remove(self, item_id: str) -> None:
        self.items.pop(item_id, None)
        self.status.pop(item_id, None)

    def _update(self, item_id: str, update: Json) -> None:
        item = self.items.get(item_id)
        if item is None or update["type"] not in UPDATES:
            return
        try:
            apply_update(item, update)
        except UpdateMismatch as misfit:
            self.report(misfit.rule, f"{misfit} ({item_id})")


def _without_items(thread: Json) -> Json:
    return {name: value for name, value in thread.items() if name != "items"}
