"""Tool calls: the catalogue, the call, what comes back while it runs, and the ledger."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.text import (
    StorableArguments,
    StorableJson,
    StorableText,
    StorableValue,
)
from turnstream.contracts.turns import Contract, Json


class ToolSpec(Contract):
    """One tool of the catalogue, as the tools service publishes it and a worker offers it."""

    name: str
    description: str
    parameters: Json
    """JSON schema of the arguments."""
    strict: bool = True
    idempotent: bool = False
    """True when running a call again does no harm; False calls are never repeated."""
    timeout: timedelta = timedelta(seconds=30)
    needs_approval: bool = False
    ends_run: bool = False
    """True when the model waits for the client after this tool (it asks for a client tool)."""


class Catalogue(Contract):
    """Every tool the service offers. `version` is a digest of the rest."""

    version: str
    tools: list[ToolSpec]


class CallTool(Contract):
    """Command of a worker: run this call, or attach to it when it runs already."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    turn_id: str
    thread_id: str
    tenant: str = DEFAULT_TENANT
    owner: str
    """The user."""
    attempt: int
    key: str
    """The call's name: equal keys are one call, in every attempt and on every worker."""
    call_id: str = ""
    """What the model calls it. An approval names it so."""
    tool: str
    arguments: StorableArguments
    """The JSON text that the model wrote; the service validates it."""
    reply_to: str
    """The reply stream of the calling worker."""
    timeout: timedelta = Field(alias="patience")  # its name on the wire since the first release
    """How long the worker still waits, from the moment the call is read. A duration, because clocks
    of two machines differ."""
    traceparent: str | None = None
    """The span of the attempt, beneath which the call is traced."""
    asked_in: str | None = None
    """The span of the call in the worker, to which it is linked."""
    locale: str | None = None
    """The user's language, as the client named it."""
    probe: bool = False
    """True for a call of no turn, by which an operator sees whether calls are answered. The service
    asks the ledger, which lets none run that belongs to no turn, and says that it did."""

    @property
    def caller(self) -> Owner:
        """The owner for whom the call is made."""
        return Owner(self.tenant, self.owner)


class CancelTool(Contract):
    """Control: no one needs the result of this call any more."""

    key: str


class AttachTool(Contract):
    """Control: the service that runs the call shall send to `reply_to` from now on."""

    key: str
    attempt: int
    reply_to: str


class ClientToolRequest(Contract):
    """A tool asks the client to run one of its own tools next."""

    name: str
    arguments: StorableJson


class ToolEventEmitted(Contract):
    """An event to show while the call runs: a ChatKit `ThreadStreamEvent`, as opaque JSON."""

    kind: Literal["event"] = "event"
    key: str
    seq: int
    event: StorableJson


class ToolFailure(StrEnum):
    """Why a call has no output. The model reads it as text; the turn does not fail."""

    UNKNOWN_TOOL = "unknown_tool"
    INVALID_ARGUMENTS = "invalid_arguments"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    NOT_JSON = "not_json"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_APPROVED = "not_approved"
    """Nobody agreed to this very call, with these arguments. It did not run."""


STEP = 1_000_000
"""The distance between the numbers of two lasting events of a call. Lasting events have the numbers
STEP, 2 * STEP and so on, live or recorded; other events are counted in between. A worker that shows
rising numbers only misses nothing and shows nothing twice, also when a part came from the record.
"""


def lasting_seq(index: int) -> int:
    """The number of a lasting event, by its index among the lasting events of the call."""
    return (index + 1) * STEP


class ToolResult(Contract):
    """The output for the model, and the client tool that should run next, if any.

    `events` are the lasting events (items, effects) that the call emitted. A replay shows them.
    """

    output: StorableValue = None
    failure: ToolFailure | None = None
    detail: StorableText = ""
    client_tool: ClientToolRequest | None = None
    events: list[StorableJson] = Field(default_factory=list)


class ToolCallFinished(Contract):
    """The end of a call; recorded in the ledger before it is sent."""

    kind: Literal["finished"] = "finished"
    key: str
    result: ToolResult


class NeededApproval(Contract):
    """What a person must have agreed to before a call runs: this call, with these arguments."""

    call_id: str
    arguments: StorableArguments


class BeginCall(Contract):
    """Command of the tools service to the ledger: ask whether it may run this call."""

    turn_id: str
    tenant: str = DEFAULT_TENANT
    owner: str
    """The user."""
    attempt: int
    key: str
    tool: str
    idempotent: bool
    approval: NeededApproval | None = None
    """None for a tool that needs none. The service knows it of its own tool, not of the message."""
    instance: str
    lease: timedelta
    reply_to: str

    @property
    def caller(self) -> Owner:
        """The owner for whom the call is made."""
        return Owner(self.tenant, self.owner)


class CallDecision(StrEnum):
    """The ledger's answer. At most one service at a time is told `RUN`."""

    RUN = "run"
    ATTACH = "attach"
    RECORDED = "recorded"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_APPROVED = "not_approved"
    FENCED = "fenced"


class LedgerAnswer(Contract):
    """The decision about a call, with the recorded result if there is one."""

    decision: CallDecision
    run: int = 0
    """Rises by one with each run of the call: the fencing token of its result."""
    thread_id: str = ""
    """The thread of the turn, as the ledger knows it, for a call that runs."""
    result: ToolResult | None = None


class RenewCalls(Contract):
    """Command of the tools service: renew the leases of the calls that run there."""

    instance: str
    lease: timedelta
    calls: dict[str, int]
    """Call key -> run."""


class RenewedCalls(Contract):
    """The calls that are still the instance's; every other one it named is lost."""

    held: list[str]


class FinishCall(Contract):
    """Command of the tools service: record how this run of the call ended."""

    run: int
    result: ToolResult
