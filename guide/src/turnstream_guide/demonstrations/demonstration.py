"""What one file of `demonstrations/` brings to the guide, and what it is given to work with."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents import (
    Agent,
    Handoff,
    InputGuardrail,
    Model,
    ModelProvider,
    OutputGuardrail,
    Tool,
    TResponseInputItem,
)
from chatkit.agents import AgentContext
from chatkit.store import Store
from chatkit.types import (
    SyncCustomActionResponse,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from pydantic import BaseModel
from turnstream.contracts.approvals import Decision
from turnstream.i18n import Translate

from turnstream_guide.keyless_model import Rule
from turnstream_guide.metrics import AgentMetrics

Events = AsyncGenerator[ThreadStreamEvent, None]


@dataclass(frozen=True)
class Turn:
    """One request to the guide, whatever kind it is."""

    thread: ThreadMetadata
    store: Store[Any]
    context: Any
    """Turnstream's `RequestContext`: user, locale, headers, the page's metadata."""
    models: ModelProvider
    model: Model
    """The one that the user picked, or the deployment's."""
    locale: str
    """Of `turnstream.i18n.LOCALES`."""
    translate: Translate
    answer: Callable[[], Events]
    """Has the guide's agent go on from what the thread holds, as after a message."""
    resume: Callable[[Decision], Events]
    """Has the run that waits in the thread go on with a person's decision."""
    tools: Callable[[], Sequence[Tool]] = tuple
    """The tools of the tools service, for an agent that is given some of them."""
    message: UserMessageItem | None = None
    sender: WidgetItem | None = None
    """The widget that an action came from."""
    cards: Mapping[str, str] = field(default_factory=dict)
    """The items that ask about the calls of the run that goes on, by call id."""
    hooks: AgentMetrics = field(default_factory=AgentMetrics)
    """Counts what agents do; for every run of the turn."""


@dataclass(frozen=True)
class Refusal:
    """What a guardrail that trips gives as its `output_info`: how the turn ends."""

    message: str
    """For the user."""
    kept: UserMessageItem | None = None
    """The user's message as it may stay in the thread; as it is without one."""


def _nothing(_: Turn) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Demonstration:
    """Plain parts of the Agents SDK and of ChatKit; the guide's agent gets those of all files.

    `actions` maps a pydantic model of an action (`type`, a literal, and `payload`) to what it does.
    What a client sends is validated against them; an action that fits none gets a notice.
    """

    tools: Callable[[Turn], Sequence[Tool]] = _nothing
    handoffs: Callable[[Turn], Sequence[Agent[AgentContext[Any]] | Handoff[AgentContext[Any]]]] = (
        _nothing
    )
    data: Callable[[Turn], Sequence[TResponseInputItem]] = _nothing
    """What the guide's model is told ahead of the conversation, as data."""
    ends_run: Collection[str] = ()
    """Names of tools after which the run ends, because the user acts next."""
    input_guardrails: Callable[[Turn], Sequence[InputGuardrail[AgentContext[Any]]]] = _nothing
    output_guardrails: Callable[[Turn], Sequence[OutputGuardrail[AgentContext[Any]]]] = _nothing
    actions: Mapping[type[BaseModel], Callable[[Any, Turn], Events]] = field(default_factory=dict)
    sync_actions: Mapping[
        type[BaseModel], Callable[[Any, Turn], Awaitable[SyncCustomActionResponse]]
    ] = field(default_factory=dict)
    """Those answered beside a running turn, as a document."""
    rules: Sequence[Rule] = ()
    """How the keyless demo model plays the part of this demonstration's agents."""
    instructions: str = ""
    """What the guide's agent must know to use it, beyond the descriptions of the tools."""
