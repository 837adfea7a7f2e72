"""What an operator sees of a deployment, and does to turns: no matter whose they are.

Nothing here holds what a user said but `TurnContent`, which leaves an entry in the audit.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.turns import CancelReason, Contract, Json, TurnError, TurnStatus


class TurnState(StrEnum):
    """Which turns an operator wants to see."""

    ACTIVE = "active"
    """Queued or running."""
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    """Dead letters among them."""
    DEAD = "dead"
    """Dead letters alone."""
    CANCELLED = "cancelled"


class TurnSearch(Contract):
    """Which turns to list, the newest first. What is None excludes none."""

    state: TurnState | None = None
    tenant: str | None = None
    user: str | None = None
    thread_id: str | None = None
    code: str | None = None
    """The code of the error, exactly."""
    since: datetime | None = None
    """Accepted at this time or later."""
    until: datetime | None = None
    """Accepted before this time."""
    limit: int = Field(default=50, ge=1, le=500)
    after: str | None = None
    """`after` of the page before: a turn's id. Ids made later sort later."""


class TurnSummary(Contract):
    """A turn as a line of a list."""

    turn_id: str
    thread_id: str
    tenant: str = DEFAULT_TENANT
    user: str
    kind: str
    status: TurnStatus
    attempt: int
    failures: int = 0
    """Attempts that count against `MAX_ATTEMPTS`."""
    worker: str | None = None
    """Who runs it, or ran it last."""
    held_back: bool = False
    """True while it must wait for another turn, or for a delay to pass."""
    cancel: CancelReason | None = None
    """Why it was told to stop."""
    blocked: str | None = None
    """Where an app's code blocks its worker."""
    accepted_at: datetime
    ended_at: datetime | None = None
    dead: bool = False
    error: TurnError | None = None
    """Why it failed; of an active turn, why the attempt before failed."""
    age: float
    """Seconds since it was accepted: until its end, or until now."""
    position: str | None = None
    """The last of its event log, while it runs and Redis has the log."""


class TurnList(Contract):
    """A page of turns."""

    data: list[TurnSummary]
    after: str | None = None
    """Where the next page begins; None on the last."""


class AttemptOutcome(StrEnum):
    """How an attempt came to its end."""

    RELEASED = "released"
    """Its worker gave the turn back: it was told to stop, or the turn is to be tried again."""
    LEASE_LOST = "lease_lost"
    """Its worker was heard of no more."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TurnAttempt(Contract):
    """One attempt of a turn."""

    attempt: int
    worker: str
    began_at: datetime
    ended_at: datetime | None = None
    """None while it runs."""
    outcome: AttemptOutcome | None = None
    code: str | None = None
    """The code of the error, where its worker said one."""


class TimelineEventKind(StrEnum):
    """What happened in a turn."""

    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    ATTEMPT_ENDED = "attempt_ended"
    MODEL_CALL = "model_call"
    """Counted when its answer was recorded."""
    ITEM = "item"
    """An item that is stored; the moment is that at which it began."""
    ENDED = "ended"


class TimelineEvent(Contract):
    """One thing that happened in a turn."""

    at: datetime
    kind: TimelineEventKind
    attempt: int | None = None
    what: str
    """What happened, in a few words, none of them a user's."""


class ToolCallSummary(Contract):
    """A remote tool call of the ledger."""

    key: str
    tool: str
    instance: str
    has_ended: bool
    size: int = 0
    """Bytes of its result."""


class JournalEntry(Contract):
    """A record of the journal, without what it holds."""

    key: str
    kind: str
    """How its key begins, such as `model` or `tool`."""
    size: int
    """Bytes."""


class EventLogSummary(Contract):
    """The event log of a turn in Redis, without what it holds."""

    entries: int
    """1000 at most are counted."""
    position: str
    """The position of the last entry."""
    ended: bool
    events: dict[str, int]
    """How many of each type, among the entries that are counted."""


class TurnDetails(Contract):
    """All that is known of a turn but what was said in it."""

    turn: TurnSummary
    attempts: list[TurnAttempt] = Field(default_factory=list)
    timeline: list[TimelineEvent] = Field(default_factory=list)
    """The events in the order of time."""
    tool_calls: list[ToolCallSummary] = Field(default_factory=list)
    journal: list[JournalEntry] = Field(default_factory=list)
    log: EventLogSummary | None = None
    """None where Redis has it no more."""
    trace_id: str | None = None
    session_id: str | None = None
    may_requeue: bool = False
    """It is a dead letter."""
    may_run_again: bool = False
    """It failed or was cancelled, and nothing came after it in its thread."""


class TurnContent(Contract):
    """What was said in a turn. Anyone who reads it is told of in the audit."""

    request: Json
    items: list[Json]
    """Those that the turn made, and the message that it answers."""
    journal: dict[str, str]
    """The records as JSON texts, each cut at `CUT` characters."""
    cut: bool = False
    """True where something was left out or cut."""


class TurnStarted(Contract):
    """A turn that an operator started."""

    turn_id: str
    thread_id: str


CUT = 20_000
"""Characters of a journal's record that an operator is shown."""


class RunAgain(Contract):
    """Command of an operator: repeat the request of a turn in a new one."""

    turn_id: str
    """The id of the new turn: the same command again finds it."""


def repeated(request: Json, thread_id: str, input_item_id: str | None) -> Json | None:
    """The request that repeats one in its thread, as a user's Retry would.

    A message is not said twice: what followed it is deleted, and it is answered anew. None for an
    answer to a question or the output of a client's tool: what waited for it has got it.
    """
    kind = request["type"]
    if kind in ("threads.retry_after_item", "threads.custom_action"):
        return request
    if kind in ("threads.create", "threads.add_user_message") and input_item_id is not None:
        params = {"thread_id": thread_id, "item_id": input_item_id}
        return {**request, "type": "threads.retry_after_item", "params": params}
    return None
