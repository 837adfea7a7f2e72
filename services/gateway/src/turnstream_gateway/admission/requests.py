"""From bytes to a ChatKit request, with a clear answer for everything that is not one."""

from typing import Any

from chatkit.types import ChatKitReq, ThreadsCustomActionReq, ThreadsSyncCustomActionReq
from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from turnstream.contracts.turns import RESERVED_ACTIONS, Json
from turnstream.errors import (
    BadRequest,
    ReservedAction,
    Unprocessable,
    UnsupportedMediaType,
)
from turnstream.http import request_body

_REQUEST: TypeAdapter[Any] = TypeAdapter(ChatKitReq)
"""Built once: the stock server builds it for every request, which takes 5 to 7 ms."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, never more than `limit` bytes of it.

    Raises `UnsupportedMediaType` for a body declared as anything but JSON, and what reading raises.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Expected application/json, got {media_type or 'nothing'}.")
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > limit:
        raise request_body.too_large(limit)
    return await request_body.read_body(request, limit)


def parse(body: bytes) -> Any:
    """The ChatKit request in a body.

    Raises `BadRequest` that says where it is wrong, and `ReservedAction`.
    """
    try:
        request = _REQUEST.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{place}: {first['msg']}" if place else first["msg"]) from error
    if isinstance(request, ThreadsCustomActionReq | ThreadsSyncCustomActionReq):
        _refuse_reserved(request.params.action.type)
    return request


def _refuse_reserved(action_type: str) -> None:
    if action_type.startswith(RESERVED_ACTIONS):
        raise ReservedAction(f"An action's type can't begin with {RESERVED_ACTIONS}")


def check_attachments(request: Any, limit: int) -> None:
    """Raises `Unprocessable` for a message with more attachments than one may have."""
    message = getattr(request.params, "input", None)
    if len(getattr(message, "attachments", ())) > limit:
        raise Unprocessable(f"A message may have {limit} attachments.")


def to_json(request: Any) -> Json:
    """The request as plain data, to cross the bus."""
    document: Json = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    return document
