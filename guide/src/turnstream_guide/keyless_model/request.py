"""What the demo model is asked: the conversation, and what it may do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents import FunctionTool, Handoff, Tool
from turnstream.contracts.tools import Phrase

from turnstream_guide.keyless_model.conversation import Conversation

Json = Mapping[str, Any]

_SPOKEN = "_turnstream_spoken"


@dataclass(frozen=True)
class Offer:
    """A tool or a handoff, with the sentences that ask for it."""

    schema: Json = field(default_factory=dict)
    phrases: tuple[Phrase, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Request:
    """A request as a rule sees it."""

    conversation: Conversation
    offers: Mapping[str, Offer] = field(default_factory=dict)
    """By the name under which the model calls it."""
    instructions: str = ""
    """Of the agent that asks: tells a rule which one it is."""
    forced: str | None = None
    """A tool that must be called in any case."""

    @property
    def said(self) -> str:
        """The newest message of the user."""
        return self.conversation.said


def spoken(tool: FunctionTool, *phrases: Phrase, hint: str = "") -> FunctionTool:
    """The same tool, which the demo model now calls when it hears one of the phrases."""
    setattr(tool.on_invoke_tool, _SPOKEN, (phrases, hint))
    return tool


def offers(tools: Iterable[Tool], handoffs: Iterable[Handoff] = ()) -> dict[str, Offer]:
    """What a request offers."""
    offered = {tool.name: _offer(tool) for tool in tools if isinstance(tool, FunctionTool)}
    return offered | {each.tool_name: Offer(each.input_json_schema) for each in handoffs}


def _offer(tool: FunctionTool) -> Offer:
    phrases, hint = getattr(tool.on_invoke_tool, _SPOKEN, ((), ""))
    return Offer(tool.params_json_schema, tuple(phrases), hint)
