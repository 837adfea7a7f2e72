"""What an acceptance reads and what it writes: for every turn, so by asyncpg itself."""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json

from turnstream_store.database.columns import Row
from turnstream_store.database.connections import driver

_ACTIVE = "status IN ('queued', 'running')"
_SAME = "owner = $3 AND (id = $1 OR idempotency_key = $4)"
_ACCEPTED = f"EXISTS (SELECT 1 FROM turns WHERE {_SAME})"
_BUSY = f"EXISTS (SELECT 1 FROM turns WHERE thread_id = $2 AND {_ACTIVE})"

_LOOK = f"""
    WITH thread AS (
        SELECT status FROM threads WHERE id = $2 AND owner = $3 FOR NO KEY UPDATE
    ), accepted AS (
        SELECT id, thread_id, fingerprint, opening FROM turns WHERE {_SAME} LIMIT 1
    )
    SELECT accepted.*, (SELECT status FROM thread) AS status, (
        SELECT count(*) FROM turns WHERE owner = $3 AND {_ACTIVE}
    ) AS active
    FROM (VALUES (0)) AS always LEFT JOIN accepted ON true
"""

_TURN = """
    INSERT INTO turns (id, thread_id, owner, idempotency_key, kind, fingerprint, request, context,
        opening, prelude, input_item_id, status, attempt, failures)
    SELECT $1, $2, $3, $4, $5, $6, $7::json, $8::json, $9::json, $10::json, $11, 'queued', 0, 0
"""

_MESSAGE = """
    message AS (
        INSERT INTO items (thread_id, id, owner, type, hidden, payload, public, turn_id, attempt)
        SELECT $2, $12, $3, 'user_message', false, $13::json, $14::json, $1, 0
        FROM turn WHERE $12::text IS NOT NULL
    )
"""

_WRITE = f"WITH turn AS ({_TURN} RETURNING 1), {_MESSAGE} SELECT true FROM turn"

_WRITE_IF_FREE = f"""
    WITH turn AS (
        {_TURN} WHERE NOT {_ACCEPTED} AND NOT {_BUSY} RETURNING 1
    ), {_MESSAGE} SELECT true FROM turn
"""

_BEGIN_THREAD = f"""
    WITH turn AS (
        {_TURN}
        WHERE (SELECT count(*) FROM turns WHERE owner = $3 AND {_ACTIVE}) < $16
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), thread AS (
        INSERT INTO threads (id, owner, status, metadata, created_at)
        SELECT $2, $3, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, $15 FROM turn
    ), {_MESSAGE} SELECT true FROM turn
"""

_UNDER_LOCK = f"SELECT {_ACCEPTED} AS accepted, {_BUSY} AS busy"


class Standing(NamedTuple):
    """How things stand for a user who asks for a turn."""

    active: int
    """Turns that the user has queued or running."""
    accepted: Row | None
    """The turn that this acceptance, or an earlier one with the same key, made."""
    status: Json | None
    """The status of the thread, which is locked now; None when the user has no such thread."""


class UnderLock(NamedTuple):
    """What is true of a thread while it is locked."""

    accepted: bool
    """The same acceptance was made meanwhile, by whoever had the lock before."""
    busy: bool
    """A turn runs or waits in the thread."""


class NewTurn(NamedTuple):
    """A turn to be written. JSON is text."""

    id: str
    thread_id: str
    owner: str
    idempotency_key: str | None
    kind: str
    fingerprint: str
    request: str
    context: str
    opening: str
    prelude: str
    input_item_id: str | None


async def look(
    connection: AsyncConnection,
    turn_id: str,
    thread_id: str,
    owner: str,
    idempotency_key: str | None,
) -> Standing:
    """How things stand, with the thread locked until we commit, if there is one to lock.

    The lock puts the acceptances of a thread in one order, and its status is the newest, also
    after a wait. All else is as it was when the statement began: what must be seen under the lock
    is asked for afterwards, by `look_under_lock`.
    """
    row = await driver(connection).fetchrow(_LOOK, turn_id, thread_id, owner, idempotency_key)
    return Standing(row["active"], row if row["id"] else None, row["status"])


async def look_under_lock(
    connection: AsyncConnection,
    turn_id: str,
    thread_id: str,
    owner: str,
    idempotency_key: str | None,
) -> UnderLock:
    """What `look` may have been too early to see of the thread that it locked."""
    row = await driver(connection).fetchrow(_UNDER_LOCK, turn_id, thread_id, owner, idempotency_key)
    return UnderLock(row["accepted"], row["busy"])


async def write(connection: AsyncConnection, turn: NewTurn, message: StoredItem | None) -> None:
    """A queued turn, and with it the user's message, if it has one."""
    await driver(connection).execute(_WRITE, *turn, *_said(message))


async def write_if_free(
    connection: AsyncConnection, turn: NewTurn, message: StoredItem | None
) -> bool:
    """The same for a locked thread, unless a turn runs or waits in it, or the same acceptance was
    made by whoever had the lock before. False then, and nothing is written.
    """
    return bool(await driver(connection).fetchval(_WRITE_IF_FREE, *turn, *_said(message)))


async def begin_thread(
    connection: AsyncConnection,
    turn: NewTurn,
    message: StoredItem | None,
    created_at: datetime,
    limit: int,
) -> bool:
    """A new thread with the queued turn and the message that it begins with.

    False when the user has `limit` turns already, or the same acceptance was made before or is
    being made: then its unique indexes refuse the turn, and nothing is written. The turn refers to
    its thread before that is there; Postgres asks for it when the statement is over.
    """
    return bool(
        await driver(connection).fetchval(_BEGIN_THREAD, *turn, *_said(message), created_at, limit)
    )


def _said(message: StoredItem | None) -> tuple[str | None, ...]:
    return (message.item_id, message.payload, message.public) if message else (None, None, None)
