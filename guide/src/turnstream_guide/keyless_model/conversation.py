"""Reading the input of a model request: what the user said last, and what tools answered since."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import unescape

from agents import TResponseInputItem

ACTED = ("<WIDGET_ACTION", "A structured input request was displayed")
"""Beginnings of notes on what the user did without a message. The assistant answers next."""
MENTIONED = "# User-provided context for @-mentions"
"""Beginning of ChatKit's message on mentions, which follows the user's message."""

NOTES = (
    *ACTED,
    "<WIDGET",
    "<SYSTEM_ACTION",
    "<PAGE",
    "<FACT_SAVED",
    "Hidden context for the agent",
    MENTIONED,
    "A message was displayed to the user",
    "The following graphical UI widget",
    "The following image was generated",
    "The user is referring to this in particular",
)
"""Beginnings of messages that we or ChatKit write with the role `user`."""

ATTACHED = "<ATTACHMENT "
"""Beginning of the note on a file, a part beside the user's text."""

_ACTION = re.compile(
    r"<WIDGET_ACTION\b[^>]*? type=\"(?P<type>[^\"]*)\">(?P<payload>.*)</WIDGET_ACTION>", re.DOTALL
)


@dataclass(frozen=True)
class ToolOutcome:
    """A tool call that came back."""

    tool: str
    arguments: Mapping[str, object]
    output: str


@dataclass(frozen=True)
class Conversation:
    """The part of a request that the demo model understands."""

    said: str
    """The newest message of the user."""
    outcomes: tuple[ToolOutcome, ...] = ()
    """What tools answered since then, oldest first."""
    acted: str = ""
    """The note of what the user did since then with a widget or a question."""
    page: str = ""
    """What the page around the chat told of itself."""
    attached: tuple[str, ...] = ()
    """The notes of the files that came with that message."""
    mentioned: tuple[str, ...] = ()
    """The notes of what it mentions with @."""

    @property
    def action(self) -> tuple[str, Mapping[str, Any]]:
        """Type and payload of the widget action in that note; an empty type for anything else."""
        match = _ACTION.fullmatch(self.acted)
        if match is None:
            return "", {}
        try:
            payload = json.loads(unescape(match["payload"]))
        except ValueError:  # a note that was cut off
            payload = {}
        return match["type"], payload if isinstance(payload, dict) else {}


def read(items: str | Iterable[TResponseInputItem]) -> Conversation:
    """The conversation that a request describes."""
    if isinstance(items, str):
        return Conversation(items)
    said, acted, page, outcomes = "", "", "", list[ToolOutcome]()
    attached, mentioned = tuple[str, ...](), tuple[str, ...]()
    calls: dict[str, Mapping[str, Any]] = {}
    for raw in items:
        item: Mapping[str, Any] = dict(raw)
        if item.get("role") == "user":
            texts = _texts(item.get("content"))
            text = "\n".join(part for part in texts if not part.startswith(ATTACHED))
            if text.startswith(ACTED):
                acted, outcomes = text, []
            elif text.startswith("<PAGE"):
                page = text
            elif text.startswith(MENTIONED):
                mentioned = tuple(part for part in texts if part.startswith("<TAG "))
            elif not text.startswith(NOTES):
                said, acted, outcomes = text, "", []
                attached = tuple(part for part in texts if part.startswith(ATTACHED))
                mentioned = ()
        elif item.get("type") == "function_call":
            calls[item["call_id"]] = item
        elif item.get("type") == "function_call_output":
            outcomes.append(_outcome(calls.get(item["call_id"], {}), item.get("output")))
    return Conversation(said, tuple(outcomes), acted, page, attached, mentioned)


def _outcome(call: Mapping[str, Any], output: object) -> ToolOutcome:
    try:
        arguments = json.loads(call.get("arguments") or "{}")
    except ValueError:
        arguments = {}
    return ToolOutcome(
        tool=call.get("name", "a tool"),
        arguments=arguments if isinstance(arguments, dict) else {},
        output=output if isinstance(output, str) else _text(output),
    )


def _text(content: object) -> str:
    return "\n".join(_texts(content))


def _texts(content: object) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
    return [text for text in texts if text]
