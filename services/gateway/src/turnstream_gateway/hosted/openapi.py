"""The failures of the hosted API, as its document describes them."""

from pydantic import BaseModel

from turnstream_gateway.openapi import Responses


class HostedFailure(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class HostedError(BaseModel):
    """A failed request of the hosted API."""

    error: HostedFailure


_REFUSALS = {
    400: "A parameter is missing, unknown, or out of its bounds: `param` names it.",
    401: "No usable key or client secret.",
    403: "The key lacks a scope, or the session may not do this.",
    404: "There is none of this id, or it is another tenant's.",
    409: "The thread is busy, locked or closed; nothing waits for this answer; the key is taken; "
    "the user has no room for another file.",
    413: "The body or the file is too large.",
    415: "The body is not of the type that is taken here.",
    422: "The request names the wrong kind of thing, or the file is damaged.",
    429: "Too many requests of this session, or too many turns under way.",
    501: "This deployment does not support this request.",
    503: "Try again after `Retry-After`.",
    504: "No assistant answered in time.",
}


def refusals(*statuses: int) -> Responses:
    """The failures of a route by status, for its `responses`."""
    return {status: {"description": _REFUSALS[status], "model": HostedError} for status in statuses}
