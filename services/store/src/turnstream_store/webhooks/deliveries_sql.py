"""The statements with which stores share out deliveries and say how they went.

The store that claims has the endpoint's row locked while it counts what is being sent there, so
that the stores together keep the bound of an endpoint. A claim is told from a later one by its
number of tries.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from turnstream_store.database.due import any_of
from turnstream_store.database.statements import Connection, Statement


class LockedEndpoint(NamedTuple):
    """An endpoint of which something is due, locked until the transaction ends."""

    id: str


class ClaimedDelivery(NamedTuple):
    """A delivery that is ours until its lease ends."""

    webhook_id: str
    event_id: str
    tenant: str
    owner: str
    event: str
    turn_id: str
    thread_id: str
    attempt: int
    error_code: str | None
    required: str | None
    occurred_at: datetime
    tries: int
    """How often it was tried, this time included."""
    url: str
    secret: str
    last_secret: str | None
    """None where only one secret signs."""


class RecordedDelivery(NamedTuple):
    """The delivery of which a result was noted."""

    event_id: str


class DisabledEndpoint(NamedTuple):
    """An endpoint that was disabled."""

    id: str


ANY_DUE = any_of("webhook_deliveries", "state IN ('waiting', 'sending') AND due_at <= now()")
"""Asked before anything is locked."""

_LOCK_DUE = Statement(
    """
    SELECT id FROM webhooks
    WHERE disabled_at IS NULL AND EXISTS (
        SELECT FROM webhook_deliveries AS due
        WHERE due.webhook_id = webhooks.id AND due.tenant = webhooks.tenant
          AND due.state IN ('waiting', 'sending') AND due.due_at <= now()
    )
    FOR NO KEY UPDATE SKIP LOCKED
    """,
    LockedEndpoint,
)

_CLAIM = Statement(
    """
    WITH free AS (
        SELECT webhooks.*, greatest(0, $2::int - (
            SELECT count(*) FROM webhook_deliveries AS sending
            WHERE sending.webhook_id = webhooks.id AND sending.state = 'sending'
              AND sending.due_at > now()
        )) AS places
        FROM webhooks WHERE id = ANY($1::text[])
    ), due AS (
        SELECT found.*, row_number() OVER (PARTITION BY webhook_id ORDER BY due_at) AS nth
        FROM free, LATERAL (
            SELECT webhook_id, event_id, due_at FROM webhook_deliveries AS mine
            WHERE mine.webhook_id = free.id AND mine.tenant = free.tenant
              AND mine.state IN ('waiting', 'sending') AND mine.due_at <= now()
            ORDER BY mine.due_at LIMIT free.places FOR UPDATE SKIP LOCKED
        ) AS found
    )
    UPDATE webhook_deliveries AS mine SET
        state = 'sending', due_at = now() + $4::interval, tries = mine.tries + 1
    FROM free, (SELECT * FROM due ORDER BY nth, due_at LIMIT $3) AS chosen
    WHERE mine.webhook_id = chosen.webhook_id AND mine.event_id = chosen.event_id
      AND free.id = mine.webhook_id
    RETURNING
        mine.webhook_id, mine.event_id, mine.tenant, mine.owner, mine.event, mine.turn_id,
        mine.thread_id, mine.attempt, mine.error_code, mine.required::text, mine.occurred_at,
        mine.tries, free.url, free.secret,
        CASE WHEN free.last_secret_until > now() THEN free.last_secret END AS last_secret
    """,
    ClaimedDelivery,
)
"""Endpoints take turns: the first of each comes before the second of any."""

_DELIVERED = Statement(
    """
    WITH went AS (
        UPDATE webhook_deliveries SET
            state = 'delivered', ended_at = now(), last_status = $4, last_error = NULL
        WHERE webhook_id = $1 AND event_id = $2 AND tries = $3 AND state = 'sending'
        RETURNING webhook_id, event_id, tenant
    ), well AS (
        UPDATE webhooks SET failing_since = NULL FROM went
        WHERE webhooks.id = went.webhook_id AND webhooks.tenant = went.tenant
          AND failing_since IS NOT NULL
    )
    SELECT event_id FROM went
    """,
    RecordedDelivery,
)

_FAILED = Statement(
    """
    WITH went AS (
        UPDATE webhook_deliveries SET
            state = CASE WHEN $6::interval IS NULL THEN 'dead' ELSE 'waiting' END,
            due_at = now() + coalesce($6::interval, '0'),
            ended_at = CASE WHEN $6::interval IS NULL THEN now() END,
            last_status = $4, last_error = $5
        WHERE webhook_id = $1 AND event_id = $2 AND tries = $3 AND state = 'sending'
        RETURNING webhook_id, event_id, tenant
    ), ill AS (
        UPDATE webhooks SET failing_since = now() FROM went
        WHERE webhooks.id = went.webhook_id AND webhooks.tenant = went.tenant
          AND failing_since IS NULL
    )
    SELECT event_id FROM went
    """,
    RecordedDelivery,
)

_DISABLE_FAILING = Statement(
    """
    WITH disabled AS (
        UPDATE webhooks SET disabled_at = now(), disabled_why = $3
        WHERE tenant = $1 AND id = $2 AND disabled_at IS NULL
          AND failing_since <= now() - $4::interval
        RETURNING id, tenant
    ), given_up AS (
        UPDATE webhook_deliveries SET
            state = 'dead', ended_at = now(), last_error = 'the endpoint was disabled'
        FROM disabled
        WHERE webhook_deliveries.webhook_id = disabled.id
          AND webhook_deliveries.tenant = disabled.tenant
          AND webhook_deliveries.state IN ('waiting', 'sending')
    )
    SELECT id FROM disabled
    """,
    DisabledEndpoint,
)


class DeliveryBounds(NamedTuple):
    """How much may be sent at a time."""

    of_endpoint: int
    """How many may be sent to one endpoint, by all stores together."""
    now: int
    """How many deliveries this store may send now."""
    lease: timedelta


async def claim(connection: Connection, bounds: DeliveryBounds) -> list[ClaimedDelivery]:
    """Claim deliveries that are due, in a transaction. An endpoint at which another store looks
    just now is left out.
    """
    locked = await _LOCK_DUE.all(connection)
    if not locked:
        return []
    ids = [each.id for each in locked]
    return await _CLAIM.all(connection, ids, *bounds)


async def note_delivered(connection: Connection, claimed: ClaimedDelivery, status: int) -> bool:
    """Note that the endpoint has it; False when the claim is not the newest."""
    return bool(await _DELIVERED.one(connection, *_which(claimed), status))


class Failure(NamedTuple):
    """Why a try failed."""

    status: int | None
    error: str


async def note_failed(
    connection: Connection, claimed: ClaimedDelivery, failure: Failure, again_in: timedelta | None
) -> bool:
    """Note that a try failed: the next one, or a dead letter where there is none. False when the
    claim is not the newest.
    """
    values: tuple[object, ...] = (*_which(claimed), *failure, again_in)
    return bool(await _FAILED.one(connection, *values))


async def disable_failing(
    connection: Connection, claimed: ClaimedDelivery, why: str, failing_for: timedelta
) -> bool:
    """Disable an endpoint at which nothing has arrived for so long, and make dead letters of what
    is on its way there; False when it is not so.
    """
    values = (claimed.tenant, claimed.webhook_id, why, failing_for)
    return bool(await _DISABLE_FAILING.one(connection, *values))


def _which(claimed: ClaimedDelivery) -> tuple[str, str, int]:
    return claimed.webhook_id, claimed.event_id, claimed.tries
