"""Functions for the guide's widgets: cards of JSON that are replaced, and decided once."""

from typing import Any

from chatkit.types import ThreadItemReplacedEvent, WidgetItem
from chatkit.widgets import DynamicWidgetRoot
from pydantic_core import to_json

from turnstream_guide.actions import ActionRefused
from turnstream_guide.turn import Turn

Node = dict[str, Any]


def card(kind: str, *children: Node, **properties: object) -> DynamicWidgetRoot:
    """A card of JSON nodes. ChatKit's own classes would drop properties that they do not know.

    Its `key` names the demonstration it belongs to; see `clicked`.
    """
    return DynamicWidgetRoot.model_validate(
        {"type": "Card", "key": kind, "children": list(children), **properties}
    )


def clicked(turn: Turn, kind: str) -> WidgetItem:
    """The widget an action came from.

    Raises `ActionRefused` when it is of another kind. The item id of an action comes from the
    client, and with a forged id another widget would be replaced.
    """
    sender = turn.sender
    if sender is None or sender.widget.key != kind:
        raise ActionRefused(turn.translate("This widget does not offer that."))
    return sender


def decide(turn: Turn, sender: WidgetItem, decision: str) -> None:
    """Record the user's decision on a widget. Raises `ActionRefused` if there is one already.

    A second click is another turn, and sees the record. A second attempt of the same turn does
    not: it gets the thread as it was before the turn, and records the same decision.
    """
    note = f"decided:{sender.id}"
    if note in turn.thread.metadata:
        raise ActionRefused(turn.translate("This has been decided already."))
    turn.thread.metadata[note] = decision


def replaced(
    sender: WidgetItem, widget: DynamicWidgetRoot, copy_text: str
) -> ThreadItemReplacedEvent:
    """The event that replaces a widget with its new state."""
    change = {"widget": widget, "copy_text": copy_text}
    return ThreadItemReplacedEvent(item=sender.model_copy(update=change))


def summary_output(summary: str) -> str:
    """A tool's output of one sentence, for a tool whose widget shows the rest."""
    return to_json({"summary": summary}).decode()
