"""The records of a `MemoryStore`."""

from dataclasses import dataclass, field
from datetime import datetime

from turnstream.contracts.approvals import Decision, WaitingCall
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.operating.usage import ModelUsage
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import Occurrence, Schedule
from turnstream.contracts.times import utc_text
from turnstream.contracts.tools import ToolResult
from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    Json,
    TurnError,
    TurnStatus,
    TurnView,
)


@dataclass
class Item:
    """An item of a thread. `turn_id` and `attempt` say which run made it."""

    id: str
    type: str
    payload: str
    public: str | None
    seq: int
    turn_id: str | None = None
    attempt: int = 0
    payload_before_edit: str | None = None
    """The form that its turn gave it last, once somebody else has changed it."""
    changed_by: str | None = None

    @property
    def hidden(self) -> bool:
        """True when no client is ever shown the item."""
        return self.type in HIDDEN_TYPES

    def change(self, payload: str, public: str | None = None) -> None:
        """Change an item of another turn; the form that its own turn gave it is kept."""
        self.payload_before_edit = self.payload_before_edit or self.payload
        self.payload, self.public = payload, public


@dataclass
class Thread:
    """A conversation, with its items by id."""

    id: str
    owner: Owner
    created_at: datetime
    fields: Json = field(default_factory=lambda: {"status": {"type": "active"}})
    """Title, status and allowed image domains, as far as they are set."""
    metadata: Json = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    """Where deleted items stood, by id."""
    session_id: str | None = None
    """The session that began it."""

    def remove(self, item_id: str) -> None:
        """Delete an item; a client may still page after it."""
        item = self.items.pop(item_id, None)
        if item is not None:
            self.deleted[item_id] = item.seq

    def document(self, *, public: bool) -> Json:
        """The thread as JSON; its metadata is for assistants only."""
        document = {"id": self.id, "created_at": utc_text(self.created_at), **self.fields}
        return {**document, "metadata": {} if public else self.metadata}

    def in_order(self) -> list[Item]:
        """The items, oldest first."""
        return sorted(self.items.values(), key=lambda item: item.seq)


@dataclass
class Turn:
    """A turn, with its journal."""

    command: AcceptTurn
    thread_id: str
    fingerprint: str
    opening: list[Json]
    prelude: list[Json]
    input_item_id: str | None
    accepted_at: datetime
    not_before: datetime
    status: TurnStatus = TurnStatus.QUEUED
    attempt: int = 0
    failures: int = 0
    lease_until: datetime | None = None
    worker: str | None = None
    """The instance that claimed it last."""
    cancel: CancelReason | None = None
    disconnected_until: datetime | None = None
    seen_at: datetime | None = None
    thread_before: Json | None = None
    changed_by_others: set[str] = field(default_factory=set)
    """Fields of the thread that somebody else has set since the turn began."""
    error: TurnError | None = None
    blocked: str | None = None
    dead: bool = False
    ended_at: datetime | None = None
    journal: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id that the gateway gave it."""
        return self.command.turn_id

    @property
    def waits(self) -> bool:
        """True while it is queued."""
        return self.status is TurnStatus.QUEUED

    @property
    def owner(self) -> Owner:
        """Who asked."""
        return self.command.context.owner

    @property
    def kind(self) -> str:
        """The type of its request."""
        return str(self.command.request["type"])

    def view(self) -> TurnView:
        """The turn as its owner may see it."""
        return TurnView(
            turn_id=self.id,
            thread_id=self.thread_id,
            kind=self.kind,
            status=self.status,
            attempt=self.attempt,
            accepted_at=self.accepted_at,
            ended_at=self.ended_at,
            error=self.error.for_user() if self.error else None,
        )


@dataclass
class Call:
    """A tool call of the ledger."""

    turn_id: str
    tool: str
    instance: str
    lease_until: datetime
    run: int = 1
    result: ToolResult | None = None


@dataclass
class PausedRun:
    """A run that waits for a person."""

    turn_id: str
    thread_id: str
    state: str
    calls: list[WaitingCall]
    order: int
    resumed_by: str | None = None
    decision: Decision | None = None


@dataclass
class Attachment:
    """Metadata of an attachment."""

    owner: Owner
    payload: str
    public: str
    thread_id: str | None = None
    file_key: str | None = None


@dataclass
class File:
    """Bytes that are kept elsewhere."""

    owner: Owner
    size: int
    uploaded: bool = False
    thread_id: str | None = None


@dataclass
class ModelCall:
    """A model call that was bought."""

    owner: Owner
    thread_id: str
    usage: ModelUsage
    attempt: int
    """The newest attempt that bought it or played it back."""
    created_at: datetime
    played_back: int = 0


@dataclass(frozen=True)
class Reservation:
    """What a model call may use that is under way."""

    owner: Owner
    attempt: int
    tokens: int
    cost: int
    lasts_until: datetime | None
    """None for a call of a turn, which lasts as long as its attempt."""


@dataclass
class OwnedSchedule:
    """A schedule, and what it led to, oldest first."""

    owner: Owner
    schedule: Schedule
    occurrences: list[Occurrence] = field(default_factory=list)
