"""Messages on the bus. Commands are imperative; each names what must happen to which turn."""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.turns import CancelReason, Contract, Json, RequestContext


class RunTurn(Contract):
    """A job: a wake-up for a queued turn. Losing one costs a delay, never a turn."""

    turn_id: str
    tenant: str = DEFAULT_TENANT
    """The tenant of the turn: a worker claims it on the tenant's behalf."""


class CancelTurn(Contract):
    """Control: the fast path of a cancellation that is already committed."""

    turn_id: str
    reason: CancelReason


class ForgetSecret(Contract):
    """Control: the fast path of a revocation that is already committed."""

    id: str
    """A key that was revoked, or a session that was cancelled."""


class ServerMethod(StrEnum):
    """The short calls of a `ChatKitServer`: answered at once, outside the thread's lock."""

    SYNC_ACTION = "sync_action"
    ADD_FEEDBACK = "add_feedback"
    TRANSCRIBE = "transcribe"
    CREATE_ATTACHMENT = "create_attachment"
    DELETE_ATTACHMENT = "delete_attachment"
    SEARCH_ENTITIES = "search_entities"
    PREVIEW_ENTITY = "preview_entity"


class CallServer(Contract):
    """Command of a gateway: call this method of the assistant and answer on `reply_to`."""

    call_id: str
    method: ServerMethod
    request: Json
    context: RequestContext
    credentials: str | None = None
    """The headers of the context, sealed by the gateway."""
    reply_to: str
    """A pub/sub channel of the gateway that waits."""
    timeout: timedelta
    """How long the gateway waits from when the call entered the stream, by the clock of Redis:
    the clocks of two machines are never compared."""


class ServerAnswered(Contract):
    """The answer to `CallServer`: a JSON document, or the code of what went wrong."""

    call_id: str
    body: str | None = None
    error: str | None = None
    detail: str = ""
    extra: Json = Field(default_factory=dict)
