"""A request to the demo model: the conversation, and the tools that it may call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents import FunctionTool, Handoff, Tool

from turnstream_guide.keyless_model.conversation import Conversation
from turnstream_guide.phrases import PHRASES, Phrase, Sentences

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """A tool or a handoff, with the sentences that ask for it."""

    schema: Json = field(default_factory=dict)
    phrases: tuple[Phrase, ...] = ()
    hint: str = ""
    description: str = ""
    about: str = ""
    """Words and sentences of people who want it."""
    defaults: Json = field(default_factory=dict)
    """Arguments where nothing is said of them."""


@dataclass(frozen=True)
class Request:
    """A request as a rule sees it."""

    conversation: Conversation
    offers: Mapping[str, Offer] = field(default_factory=dict)
    """The offers by the name under which the model calls each."""
    instructions: str = ""
    """The instructions of the agent that asks: they tell a rule which one it is."""
    forced: str | None = None
    """A tool that must be called in any case."""

    @property
    def said(self) -> str:
        """The newest message of the user."""
        return self.conversation.said


def offers(
    tools: Iterable[Tool],
    handoffs: Iterable[Handoff] = (),
    sentences: Mapping[str, Sentences] = PHRASES,
) -> dict[str, Offer]:
    """What a request offers, with the sentences that are known for each tool."""
    offered = {
        tool.name: _offer(tool, sentences.get(tool.name))
        for tool in tools
        if isinstance(tool, FunctionTool)
    }
    return offered | {
        each.tool_name: Offer(each.input_json_schema, description=each.tool_description)
        for each in handoffs
    }


def _offer(tool: FunctionTool, sentences: Sentences | None) -> Offer:
    """A tool that happens to have a known name, but takes other arguments, has no sentences."""
    schema = tool.params_json_schema
    if sentences is None or not sentences.arguments <= schema.get("properties", {}).keys():
        return Offer(schema, description=tool.description)
    return Offer(
        schema,
        sentences.phrases,
        sentences.hint,
        tool.description,
        sentences.about,
        sentences.defaults,
    )
