"""What an acceptance reads and what it writes: two statements for every turn, so asyncpg's."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json

from store.database import driver
from store.models import Row

_LOOK = """
    WITH thread AS (
        SELECT status FROM threads WHERE id = $4 AND owner = $1 FOR NO KEY UPDATE
    ), accepted AS (
        SELECT id, thread_id, fingerprint, opening FROM turns
        WHERE owner = $1 AND (id = $2 OR idempotency_key = $3) LIMIT 1
    )
    SELECT now() AS now, (SELECT status FROM thread) AS status, accepted.*, (
        SELECT count(*) FROM turns WHERE owner = $1 AND status IN ('queued', 'running')
    ) AS active
    FROM (VALUES (0)) AS always LEFT JOIN accepted ON true
"""

_WRITE = """
    WITH thread AS (
        INSERT INTO threads (id, owner, status, metadata)
        SELECT $2, $3, '{"type": "active"}'::jsonb, '{}'::jsonb WHERE $12
        ON CONFLICT DO NOTHING
    ), message AS (
        INSERT INTO items (thread_id, id, owner, type, hidden, payload, public, turn_id, attempt)
        SELECT $2, $13, $3, 'user_message', false, $14::json, $15::json, $1, 0
        WHERE $13::text IS NOT NULL
    )
    INSERT INTO turns (id, thread_id, owner, kind, idempotency_key, fingerprint, request, context,
        opening, prelude, input_item_id, status, attempt, failures)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', 0, 0)
"""


class Standing(NamedTuple):
    """How things stand for a user who asks for a turn."""

    now: datetime
    """The time of the transaction: rows that it writes have this one."""
    active: int
    """Turns that the user has queued or running."""
    accepted: Row | None
    """The turn that this acceptance, or an earlier one with the same key, made."""
    status: Json | None
    """The status of the thread, which is locked now; None when the user has no such thread."""


class NewTurn(NamedTuple):
    """A turn to be written. JSON is text."""

    id: str
    thread_id: str
    owner: str
    kind: str
    idempotency_key: str | None
    fingerprint: str
    request: str
    context: str
    opening: str
    prelude: str
    input_item_id: str | None


async def look(
    connection: AsyncConnection,
    owner: str,
    turn_id: str,
    idempotency_key: str | None,
    thread_id: str | None,
) -> Standing:
    """How things stand, with the thread locked until we commit, if there is one to lock.

    The lock puts the acceptances of a thread in one order, and its status is the newest, also
    after a wait. All else is as it was when the statement began: what must be seen under the lock
    (the turns of the thread) has to be asked for afterwards.
    """
    row = await driver(connection).fetchrow(_LOOK, owner, turn_id, idempotency_key, thread_id)
    return Standing(row["now"], row["active"], row if row["id"] else None, row["status"])


async def write(
    connection: AsyncConnection, turn: NewTurn, message: StoredItem | None, *, new_thread: bool
) -> None:
    """A queued turn, and with it the user's message and the thread (unless that is written yet)."""
    said = (message.item_id, message.payload, message.public) if message else (None, None, None)
    await driver(connection).execute(_WRITE, *turn, new_thread, *said)
