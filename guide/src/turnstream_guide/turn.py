"""A turn, as the guide's conversation, its demonstrations and their cards see it."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents import Model, ModelProvider, Tool
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem, WidgetItem
from turnstream.contracts.approvals import Decision
from turnstream.contracts.turns import RequestContext
from turnstream.i18n import Translate

from turnstream_guide.metrics import AgentMetrics

Events = AsyncGenerator[ThreadStreamEvent, None]


@dataclass(frozen=True)
class Turn:
    """A turn of the guide's: what was asked, by whom, and what answers it."""

    thread: ThreadMetadata
    store: Store[RequestContext]
    context: RequestContext
    """Turnstream's `RequestContext`: user, locale, headers, the page's metadata."""
    models: ModelProvider
    model: Model
    """The one that the user picked, or the deployment's."""
    locale: str
    """One of `turnstream.i18n.LOCALES`."""
    translate: Translate
    answer: Callable[[], Events]
    """Runs the guide's agent on the thread as it is, as after a message."""
    resume: Callable[[Decision], Events]
    """Resumes the run that waits in the thread, with a person's decision."""
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
    """The `output_info` of a guardrail that trips: how the turn ends."""

    message: str
    """The text for the user."""
    kept: UserMessageItem | None = None
    """The message that replaces the user's in the thread; without one it stays as it is."""
