"""What one file of `demonstrations/` adds to the guide."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents import (
    Handoff,
    InputGuardrail,
    OutputGuardrail,
    Tool,
    TResponseInputItem,
)
from chatkit.types import (
    SyncCustomActionResponse,
)
from pydantic import BaseModel

from turnstream_guide.context import GuideAgent, GuideContext
from turnstream_guide.keyless_model import Rule
from turnstream_guide.turn import Events, Turn


def _nothing(_: Turn) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Demonstration:
    """Objects of the Agents SDK and of ChatKit. The guide's agent gets those of all files.

    `actions` maps a pydantic model of an action (`type`, a literal, and `payload`) to its handler.
    Actions of a client are validated against the models. One that fits none gets a notice.
    """

    tools: Callable[[Turn], Sequence[Tool]] = _nothing
    handoffs: Callable[[Turn], Sequence[GuideAgent | Handoff[GuideContext]]] = _nothing
    data: Callable[[Turn], Sequence[TResponseInputItem]] = _nothing
    """Data that the guide's model gets before the conversation."""
    ends_run: Collection[str] = ()
    """Names of tools after which the run ends, because the user acts next."""
    input_guardrails: Callable[[Turn], Sequence[InputGuardrail[GuideContext]]] = _nothing
    output_guardrails: Callable[[Turn], Sequence[OutputGuardrail[GuideContext]]] = _nothing
    actions: Mapping[type[BaseModel], Callable[[Any, Turn], Events]] = field(default_factory=dict)
    sync_actions: Mapping[
        type[BaseModel], Callable[[Any, Turn], Awaitable[SyncCustomActionResponse]]
    ] = field(default_factory=dict)
    """Actions that are answered with a document, also while a turn runs."""
    rules: Sequence[Rule] = ()
    """How the keyless demo model plays the part of this demonstration's agents."""
    instructions: str = ""
    """What the guide's agent must know to use it, beyond the descriptions of the tools."""
