"""Tool calls: the catalogue, the call, what comes back while it runs, and the ledger."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

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

    turn_id: str
    thread_id: str
    owner: str
    attempt: int
    key: str
    """The call's name for ever: equal keys are one call, whatever attempt or worker asks."""
    tool: str
    arguments: str
    """The JSON text that the model wrote; the service validates it."""
    reply_to: str
    """The reply stream of the calling worker."""
    patience: timedelta
    """How long the worker still waits, counted from when the call is read: a time of day would be
    read by the clock of another machine."""
    traceparent: str | None = None
    locale: str | None = None
    """The user's language, as the client named it."""


class CancelTool(Contract):
    """Control: nobody needs this call's result any more."""

    key: str


class AttachTool(Contract):
    """Control: whoever runs this call, send progress and result to `reply_to` from now on."""

    key: str
    attempt: int
    reply_to: str


class ClientToolRequest(Contract):
    """A tool's wish that the client runs one of its own tools next."""

    name: str
    arguments: Json


class ToolEventEmitted(Contract):
    """Something to show while the call runs: a ChatKit `ThreadStreamEvent`, as opaque JSON."""

    kind: Literal["event"] = "event"
    key: str
    seq: int
    event: Json


class ToolFailure(StrEnum):
    """Why a call has no result. Each is told to the model as text; none fails the turn."""

    UNKNOWN_TOOL = "unknown_tool"
    INVALID_ARGUMENTS = "invalid_arguments"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    NOT_JSON = "not_json"
    OUTCOME_UNKNOWN = "outcome_unknown"


STEP = 1_000_000
"""Numbers from one lasting event of a call to the next. Lasting events are STEP, 2 * STEP and so
on, live or recorded, and what is for the moment is counted in between: so whoever shows only rising
numbers misses nothing and shows nothing twice, even when half came live and half from the record.
"""


def lasting_seq(index: int) -> int:
    """The number of a call's lasting event, by its index."""
    return (index + 1) * STEP


class ToolResult(Contract):
    """What the model gets, and the client tool that should run next, if any.

    `events` are the lasting ones (items, effects) the call emitted, so that a replay shows them.
    """

    output: Any = None
    failure: ToolFailure | None = None
    detail: str = ""
    client_tool: ClientToolRequest | None = None
    events: list[Json] = Field(default_factory=list)


class ToolCallFinished(Contract):
    """The end of a call; recorded in the ledger before it is sent."""

    kind: Literal["finished"] = "finished"
    key: str
    result: ToolResult


class BeginCall(Contract):
    """Command of the tools service to the ledger: may I run this call?"""

    turn_id: str
    owner: str
    attempt: int
    key: str
    tool: str
    idempotent: bool
    instance: str
    lease: timedelta
    reply_to: str


class CallDecision(StrEnum):
    """The ledger's answer: exactly one asker is ever told `RUN` at a time."""

    RUN = "run"
    ATTACH = "attach"
    RECORDED = "recorded"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FENCED = "fenced"


class CallBegun(Contract):
    """What to do with the call, with the recorded result where there is one."""

    decision: CallDecision
    run: int = 0
    """Rises by one each time the call is really run: the fencing token of its end."""
    result: ToolResult | None = None


class RenewCalls(Contract):
    """Command of the tools service: these calls still run here."""

    instance: str
    lease: timedelta
    calls: dict[str, int]
    """Call key -> run."""


class FinishCall(Contract):
    """Command of the tools service: record how this run of the call ended."""

    run: int
    result: ToolResult
