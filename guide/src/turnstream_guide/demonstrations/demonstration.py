"""What one file of `demonstrations/` brings to the guide, and what it is given to work with."""

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


def _nothing(_: Turn) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Demonstration:
    """Plain parts of the Agents SDK and of ChatKit; the guide's agent gets those of all files.

    `actions` maps a pydantic model of an action (`type`, a literal, and `payload`) to what it does.
    What a client sends is validated against them; an action that fits none gets a notice.
    """

    tools: Callable[[Turn], Sequence[Tool]] = _nothing
    handoffs: Callable[[Turn], Sequence[GuideAgent | Handoff[GuideContext]]] = _nothing
    data: Callable[[Turn], Sequence[TResponseInputItem]] = _nothing
    """What the guide's model is told ahead of the conversation, as data."""
    ends_run: Collection[str] = ()
    """Names of tools after which the run ends, because the user acts next."""
    input_guardrails: Callable[[Turn], Sequence[InputGuardrail[GuideContext]]] = _nothing
    output_guardrails: Callable[[Turn], Sequence[OutputGuardrail[GuideContext]]] = _nothing
    actions: Mapping[type[BaseModel], Callable[[Any, Turn], Events]] = field(default_factory=dict)
    sync_actions: Mapping[
        type[BaseModel], Callable[[Any, Turn], Awaitable[SyncCustomActionResponse]]
    ] = field(default_factory=dict)
    """Those answered beside a running turn, as a document."""
    rules: Sequence[Rule] = ()
    """How the keyless demo model plays the part of this demonstration's agents."""
    instructions: str = ""
    """What the guide's agent must know to use it, beyond the descriptions of the tools."""
