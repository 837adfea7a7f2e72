"""Webhooks: who is told how turns end, and what became of telling them."""

import base64
import binascii
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import Contract

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with, as Standard Webhooks has it
_SECRET_BYTES = range(24, 65)
"""Bytes of a secret, as Standard Webhooks asks for."""
_URL_LIMIT = 2048


class WebhookEvent(StrEnum):
    """How a turn may end. Each turn that ends makes one event."""

    COMPLETED = "turn.completed"
    FAILED = "turn.failed"
    CANCELLED = "turn.cancelled"
    ACTION_REQUIRED = "turn.action_required"
    """The turn ended, and its thread waits for a person or a page: an approval, the output of a
    client tool, an answer. It comes in place of `turn.completed`."""


class DeliveryState(StrEnum):
    """How far a delivery is. The last two are ends."""

    WAITING = "waiting"
    """It is due, or will be after a failed try."""
    SENDING = "sending"
    """A store has it, until it says how it went or its lease ends."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """No try was left, or the endpoint was disabled. It may be sent again."""


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ValueError("it is not a URL") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("it must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("it must hold no user, no password and no fragment")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("it must be written in visible ASCII characters")
    return text


def _secret(text: str) -> str:
    try:
        known = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a secret is whsec_ and base64") from error
    if not text.startswith(SECRET_PREFIX) or len(known) not in _SECRET_BYTES:
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return text


EndpointUrl = Annotated[str, Field(max_length=_URL_LIMIT), AfterValidator(_endpoint)]
EndpointSecret = Annotated[str, Field(repr=False), AfterValidator(_secret)]
"""What signs: `whsec_` and base64. The receiver verifies with the same."""


class CreateWebhook(Contract):
    """Command of an operator: tell this URL from now on."""

    id: Annotated[str, Field(pattern=r"^whk_[0-9a-z_]{1,60}$")]
    url: EndpointUrl
    events: Annotated[list[WebhookEvent], Field(min_length=1)]
    secret: EndpointSecret
    description: Annotated[StorableText, Field(max_length=200)] = ""


class RotateWebhook(Contract):
    """Command of an operator: sign with this secret, and for a day with the one before as well."""

    secret: EndpointSecret


class RetryDeliveries(Contract):
    """Command of an operator: send dead letters of an endpoint again, one of them or all."""

    event_id: str | None = None


class DeliveriesRetried(Contract):
    """How many are sent again."""

    count: int


class Webhook(Contract):
    """An endpoint, without its secret."""

    id: str
    tenant: str
    url: str
    events: list[WebhookEvent]
    description: str
    created_at: datetime
    disabled_at: datetime | None = None
    disabled_why: str | None = None
    """`operator`, `failing`: nothing was delivered for `WEBHOOK_DISABLE_AFTER`, or `gone`: it
    answered 410."""
    failing_since: datetime | None = None
    """When a try failed first since the last one that did not."""


class Delivery(Contract):
    """An event on its way to an endpoint. The id of the event is the same in every try."""

    webhook_id: str
    event_id: str
    tenant: str
    user: str
    event: WebhookEvent
    turn_id: str
    thread_id: str
    state: DeliveryState
    tries: int
    occurred_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    last_status: int | None = None
    """The HTTP status of the last answer; None where there was none."""
    last_error: str | None = None
    """Why the last try failed."""
