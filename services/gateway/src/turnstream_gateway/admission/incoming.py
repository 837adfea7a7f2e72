"""From the bytes of a request to a ChatKit request, with a clear answer for what is not one."""

from dataclasses import dataclass

from chatkit.types import (
    AttachmentsCreateReq,
    ChatKitReq,
    NonStreamingReq,
    StreamingReq,
    ThreadsAddUserMessageReq,
    ThreadsCreateReq,
    ThreadsCustomActionReq,
    ThreadsSyncCustomActionReq,
)
from pydantic import TypeAdapter, ValidationError
from turnstream.contracts.identity import Principal
from turnstream.contracts.text import storable_json
from turnstream.contracts.turns import BusyPolicy, Json, RequestContext
from turnstream.errors import BadRequest, Unprocessable

from turnstream_gateway.admission.actions import check_action
from turnstream_gateway.admission.bounds import RequestBounds, check_bounds

ChatKitRequest = StreamingReq | NonStreamingReq

_REQUEST: TypeAdapter[ChatKitRequest] = TypeAdapter(ChatKitReq)
"""Built once: the stock server builds it for every request, which takes 5 to 7 ms."""
_PLAIN: TypeAdapter[object] = TypeAdapter(object)
"""Reads JSON as `_REQUEST` does, and takes it as it is."""
WHOLE_BITS = 63
"""What a whole number may have that goes into a column of the database."""


@dataclass(frozen=True)
class IncomingRequest:
    """A ChatKit request of a user, with what its headers say: read and checked once."""

    request: ChatKitRequest
    principal: Principal
    context: RequestContext
    idempotency_key: str | None
    when_busy: BusyPolicy
    resumable: bool
    base_url: str
    """This deployment's address, as the user knows it."""


def parse(body: bytes, bounds: RequestBounds) -> ChatKitRequest:
    """The ChatKit request in a body.

    Raises `BadRequest` that says where the body is wrong, `BodyTooLarge`, `MessageTooLong`,
    `ReservedAction`, and `Unprocessable` for a message with more attachments than one may have.
    """
    body = storable_json(body)
    try:
        check_bounds(_PLAIN.validate_json(body), len(body), bounds)
        request = _REQUEST.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{path}: {first['msg']}" if path else first["msg"]) from error
    match request:
        case ThreadsCustomActionReq() | ThreadsSyncCustomActionReq():
            check_action(request.params.action)
        case ThreadsCreateReq() | ThreadsAddUserMessageReq():
            if len(request.params.input.attachments) > bounds.attachments:
                raise Unprocessable(f"A message may have {bounds.attachments} attachments.")
        case AttachmentsCreateReq() if request.params.size.bit_length() > WHOLE_BITS:
            raise BadRequest(f"params.size: a whole number has {WHOLE_BITS} bits at most")
    return request


def to_json(request: ChatKitRequest) -> Json:
    """The request as plain data, to send to another service."""
    document: Json = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document
