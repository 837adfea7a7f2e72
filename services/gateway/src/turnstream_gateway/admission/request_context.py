"""What a request's headers say: who asks, how, and under which key and policy."""

from fastapi import Request
from turnstream.contracts.turns import BusyPolicy, Json, RequestContext
from turnstream.errors import BadRequest
from turnstream.i18n import preferred

from turnstream_gateway.settings import GatewaySettings

CLIENT_HEADER = "Turnstream-Client"
RESUMABLE = "resumable"
"""Value of `Turnstream-Client` for a client that comes back by position after a lost connection."""
WHEN_BUSY_HEADER = "Turnstream-When-Busy"
_KEY_LIMIT = 200


def context_of(
    request: Request,
    user: str,
    metadata: Json,
    settings: GatewaySettings,
    turn_id: str | None = None,
) -> RequestContext:
    """The record of a request that an assistant gets: data only, headers by allow-list."""
    return RequestContext(
        user_id=user,
        turn_id=turn_id,
        locale=preferred(request.headers.get("Accept-Language")),
        headers={
            name: request.headers[name]
            for name in settings.context_headers
            if name in request.headers
        },
        metadata=metadata,
        traceparent=request.headers.get("traceparent"),
    )


def idempotency_key_of(request: Request) -> str | None:
    """The client's name for this request. Raises `BadRequest` for an unusable one."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= _KEY_LIMIT and key.isprintable()):
        raise BadRequest(f"Idempotency-Key must hold 1 to {_KEY_LIMIT} printable characters.")
    return key


def busy_policy(request: Request, settings: GatewaySettings) -> BusyPolicy:
    """The policy for a busy thread: the request's own, or the deployment's."""
    asked = request.headers.get(WHEN_BUSY_HEADER)
    if asked is None:
        return settings.when_busy
    try:
        return BusyPolicy(asked.lower())
    except ValueError as error:
        choices = ", ".join(BusyPolicy)
        raise BadRequest(f"{WHEN_BUSY_HEADER} must be one of {choices}.") from error


def is_resumable(request: Request) -> bool:
    """True for a client that names itself resumable."""
    return request.headers.get(CLIENT_HEADER, "").lower() == RESUMABLE
