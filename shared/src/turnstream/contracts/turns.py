"""A turn as it crosses process borders: accepted, claimed, kept alive, ended."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.text import StorableJson, StorableText

Json = dict[str, Any]
"""An opaque JSON object: stored and passed on as it came, parsed only where a field is needed."""

RESERVED_ACTIONS = "turnstream."
"""Action types that begin so are Turnstream's own: no client and no model may name them."""


class Contract(BaseModel):
    """Base of every message: unknown fields are ignored, so two versions can work side by side."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TurnStatus(StrEnum):
    """Where a turn stands. The last three are ends and never change again but by a requeue."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True when nothing more will happen in the turn."""
        return self not in (TurnStatus.QUEUED, TurnStatus.RUNNING)


class JournalRetention(StrEnum):
    """The turns whose journal and ledger the store keeps for a while after their end."""

    NONE = "none"
    FAILED = "failed"
    ALL = "all"

    def keeps(self, status: TurnStatus) -> bool:
        """True for turns that ended so."""
        return self is JournalRetention.ALL or (
            self is JournalRetention.FAILED and status is TurnStatus.FAILED
        )


class CancelReason(StrEnum):
    """Why a turn was stopped."""

    STOP = "stop"
    DISCONNECT = "disconnect"
    INTERRUPT = "interrupt"


class BusyPolicy(StrEnum):
    """What becomes of a turn for a thread that has one already."""

    ENQUEUE = "enqueue"
    REJECT = "reject"
    INTERRUPT = "interrupt"


class RequestContext(Contract):
    """Who asked, and how: what a `ChatKitServer` gets as its `context`.

    It crosses the queue, so it holds data only. `headers` is an allow-list: it holds a credential
    only where an operator lets one through, such as that of an MCP server's user. On their way from
    the gateway to the worker headers are sealed.
    """

    user_id: str
    tenant: str = DEFAULT_TENANT
    turn_id: str | None = None
    locale: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    metadata: Json = Field(default_factory=dict)
    """What the page sent along. Not trusted."""
    state_variables: Json = Field(default_factory=dict)
    """What the server that made the user's session told the assistant. Trusted."""
    claims: Json = Field(default_factory=dict)
    """Claims of the user's token, those that `CONTEXT_CLAIMS` names. Trusted."""
    session_id: str | None = None
    workflow: str | None = None
    """The assistant that the session names; None for the tenant's or the deployment's."""
    titles: bool = True
    """False where the session forbids the assistant to name threads."""
    model: str | None = None
    """The tenant's model, in place of `MODEL`."""
    model_choices: tuple[str, ...] | None = None
    """The models that the tenant's users may choose from, in place of `MODEL_CHOICES`."""
    traceparent: str | None = None

    @property
    def owner(self) -> Owner:
        """The owner of the turn or short call."""
        return Owner(self.tenant, self.user_id)


def _has_a_kind(request: Json) -> Json:
    match request:
        case {"type": str(), "params": dict()}:
            return request
    raise ValueError("a request has a type and params")


class AcceptTurn(Contract):
    """Command of the gateway: make this streaming request a turn, durably."""

    turn_id: str
    request: Annotated[Json, AfterValidator(_has_a_kind)]
    """The ChatKit request, validated by the gateway."""
    context: RequestContext
    credentials: str | None = None
    """The headers of the context, sealed by the gateway; gone when the turn ends."""
    idempotency_key: str | None = None
    when_busy: BusyPolicy = BusyPolicy.ENQUEUE


class TurnAccepted(Contract):
    """The turn is committed."""

    turn_id: str
    thread_id: str
    opening: str
    """What its viewers see first: the frames of its log's first entry."""
    existing: bool = False
    """True when the idempotency key named a turn that was accepted before."""


class FailureCause(Contract):
    """What an operator needs to find a fault. Users never see it; keys and input are taken out."""

    exception: StorableText = ""
    """The class of the exception."""
    caused_by: StorableText = ""
    """The exception behind it: a connection error by itself says little."""
    where: StorableText = ""
    """The app's function that raised it or called what raised: `module:function (file:line)`."""
    attempt: int = 0
    status: int | None = None
    """What the model server answered with, as HTTP status or inside an answer."""
    provider_code: StorableText = ""
    """The model server's own names for what happened."""
    provider_message: StorableText = ""
    request_id: StorableText = ""
    """The id by which the provider finds the request."""
    model: StorableText = ""
    host: StorableText = ""


class TurnError(Contract):
    """What went wrong, for the user (`message`) and for an operator (`code`, `detail`, `cause`)."""

    code: str
    message: StorableText | None = None
    detail: StorableText = ""
    allow_retry: bool = True
    event: StorableJson | None = None
    """The ChatKit `error` event that viewers were shown."""
    cause: FailureCause | None = None
    retried_for: float = 0.0
    """Seconds that the turn has been tried again for: the waits, and the attempts after them."""

    def for_user(self) -> "TurnError":
        """The same without what only an operator may see, who finds it by the turn's id.

        An exception's words may hold a part of a key, or an inner address.
        """
        return TurnError(
            code=self.code, message=self.message, allow_retry=self.allow_retry, event=self.event
        )


class ClaimTurn(Contract):
    """Command of a worker: give me the right to run this turn for the length of a lease."""

    turn_id: str
    tenant: str = DEFAULT_TENANT
    """The turn of another tenant cannot be claimed, as one that does not exist."""
    worker: str
    lease: timedelta
    accepts_last_attempt: bool = True
    """False when the worker already runs a turn on its last attempt. Such a turn may have crashed
    its earlier workers, so two of them never share a worker. Then one crash can't make a dead
    letter of the other."""


class TurnBudget(Contract):
    """What one turn may use, all its attempts together. None is no limit."""

    max_tokens: int | None = None
    """Input and output of all its model calls."""
    max_cost: int | None = None
    """Micro-USD."""
    max_tool_calls: int | None = None
    max_time: timedelta | None = None
    """The time between its first model call and its last one."""
    reserves: bool = False
    """True where its user or tenant has a budget: each model call is reserved before it is made."""


class ClaimedTurn(Contract):
    """All that a worker needs to run an attempt, in one round trip."""

    turn_id: str
    thread_id: str
    attempt: int
    final_attempt: bool
    """True when a retryable failure of this attempt ends the turn."""
    request: Json
    context: RequestContext
    credentials: str | None = None
    """The headers of the context, as the gateway sealed them."""
    opening: list[Json]
    prelude: list[Json]
    """Events of the acceptance that belong after `stream_options`: an answered question."""
    thread: Json
    """The thread's metadata as it was when the first attempt began."""
    input_item: Json | None = None
    """The user message, or the widget that an action came from."""
    own_items: list[Json]
    """What earlier attempts of this turn stored, oldest first, as it is now."""
    made_items: list[Json] = Field(default_factory=list)
    """Those that somebody else changed since, in the form that this turn gave them last."""
    items: list[Json]
    """The newest items of the thread before this turn's answer, newest first."""
    has_more_items: bool
    first_seq: int = 0
    """First sequence number in the order of the thread that this attempt may give to its items."""
    seqs: int = 0
    """How many sequence numbers it may give."""
    last_error: TurnError | None = None
    """Why the attempt before this one failed, where it said so."""
    waited: float = 0.0
    """Seconds from when the turn might have been claimed until it was."""
    budget: TurnBudget | None = None
    """None where nothing is limited."""
    keep_journals: JournalRetention = JournalRetention.NONE
    """The turns whose journal is kept: they end with what their models were asked."""
    age: float | None = None
    """Seconds since the turn was accepted, by the clock that accepted it."""


class HeldTurn(Contract):
    """A turn that a worker believes to be running."""

    turn_id: str
    attempt: int
    blocked: StorableText = ""
    """What keeps the worker from going on with the turn: an app's code that blocks its event
    loop, `blocked for 12 s in module:function (file:line)`. Empty while the worker runs."""


class RenewLeases(Contract):
    """Command of a worker: extend the leases of all my turns in one call."""

    worker: str
    lease: timedelta
    turns: list[HeldTurn]


class RenewedLeases(Contract):
    """The turns that are still the worker's; every other one it named is lost."""

    held: list[str]
    cancelled: dict[str, CancelReason]


class TurnEnd(Contract):
    """How a turn ends."""

    status: Literal[TurnStatus.COMPLETED, TurnStatus.FAILED, TurnStatus.CANCELLED]
    error: TurnError | None = None
    dead: bool = False
    """True when the turn failed for good although trying again might have helped."""


class ReleaseTurn(Contract):
    """Command of a worker: back to the queue, with or without counting the attempt as failed."""

    attempt: int
    count_as_failed: bool
    delay: timedelta = timedelta(0)
    error: TurnError | None = None


class RequiredAction(Contract):
    """An item that a turn left waiting, and the request that goes on from it."""

    request: Literal[
        "threads.add_client_tool_output", "threads.add_structured_input", "threads.custom_action"
    ]
    """The item of `threads.custom_action` is a card: its buttons hold the actions."""
    item: Json


class TurnView(Contract):
    """A turn as its owner may see it."""

    turn_id: str
    thread_id: str
    kind: str
    status: TurnStatus
    attempt: int
    accepted_at: datetime
    ended_at: datetime | None = None
    error: TurnError | None = None
    required_actions: list[RequiredAction] = Field(default_factory=list)
    """What a client must do next, oldest first; all of it still waits."""


class FailedTurn(Contract):
    """A turn that failed, for an operator. It holds nothing that its user said."""

    turn_id: str
    thread_id: str
    tenant: str = DEFAULT_TENANT
    owner: str
    """The user."""
    kind: str
    attempt: int
    error: TurnError
    accepted_at: datetime
    ended_at: datetime
    dead: bool = False
    """True when trying again might have helped: an operator may run it again."""


class FailedTurns(Contract):
    """The turns that failed within some time."""

    data: list[FailedTurn]
    """The newest of them, newest first."""
    counts: dict[str, int]
    """How many failed with each code, all of them counted."""


class DeadLetter(FailedTurn):
    """A turn past its attempts, for an operator."""

    dead: bool = True
    request: Json | None = None
