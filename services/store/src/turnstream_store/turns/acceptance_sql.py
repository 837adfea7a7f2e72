"""The statements of an acceptance: for every turn, so by asyncpg itself.

Each statement that writes a turn also enforces the limit of turns per user. Nothing else does.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json

from turnstream_store.database.connections import driver

_ACTIVE = "status IN ('queued', 'running')"

_LOCK_THREAD = "SELECT status FROM threads WHERE id = $1 AND owner = $2 FOR NO KEY UPDATE"

_TURN = f"""
    INSERT INTO turns (id, thread_id, owner, idempotency_key, kind, fingerprint, request, context,
        opening, prelude, input_item_id, status, attempt, failures)
    SELECT $1, $2, $3, $4, $5, $6, $7::json, $8::json, $9::json, $10::json, $11, 'queued', 0, 0
    WHERE (SELECT count(*) FROM turns WHERE owner = $3 AND {_ACTIVE}) < $15
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
        {_TURN}
        AND NOT EXISTS (
            SELECT 1 FROM turns WHERE owner = $3 AND (id = $1 OR idempotency_key = $4)
        )
        AND NOT EXISTS (SELECT 1 FROM turns WHERE thread_id = $2 AND {_ACTIVE})
        RETURNING 1
    ), {_MESSAGE} SELECT true FROM turn
"""

_BEGIN_THREAD = f"""
    WITH turn AS (
        {_TURN}
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), thread AS (
        INSERT INTO threads (id, owner, status, metadata, created_at)
        SELECT $2, $3, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, $16 FROM turn
    ), {_MESSAGE} SELECT true FROM turn
"""


class NewTurn(NamedTuple):
    """A turn to be written, with the user's message if it has one. JSON is text."""

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
    message: StoredItem | None


async def lock_thread(connection: AsyncConnection, thread_id: str, owner: str) -> Json | None:
    """Lock a thread of the owner's until the transaction ends; its newest status, or None.

    The lock puts the acceptances of a thread in one order.
    """
    status: Json | None = await driver(connection).fetchval(_LOCK_THREAD, thread_id, owner)
    return status


async def write(connection: AsyncConnection, turn: NewTurn, limit: int) -> bool:
    """Write a queued turn. False, and nothing is written, when the owner has `limit` already."""
    return bool(await driver(connection).fetchval(_WRITE, *_values(turn, limit)))


async def write_if_free(connection: AsyncConnection, turn: NewTurn, limit: int) -> bool:
    """Write a queued turn in a locked thread in which no turn runs or waits.

    False, and nothing is written, when one does, when the same acceptance was made before, or when
    the owner has `limit` turns already. The lock must be held before the statement begins: only
    then it sees what the holder before wrote.
    """
    return bool(await driver(connection).fetchval(_WRITE_IF_FREE, *_values(turn, limit)))


async def begin_thread(
    connection: AsyncConnection, turn: NewTurn, limit: int, created_at: datetime
) -> bool:
    """Write a new thread with the queued turn and the message that it begins with.

    False, and nothing is written, when the owner has `limit` turns already, or when the same
    acceptance was made before or is being made: then a unique index refuses the turn. The turn
    refers to its thread before that exists; Postgres checks this at the end of the statement.
    """
    values = (*_values(turn, limit), created_at)
    return bool(await driver(connection).fetchval(_BEGIN_THREAD, *values))


def _values(turn: NewTurn, limit: int) -> tuple[object, ...]:
    *columns, message = turn
    said = (message.item_id, message.payload, message.public) if message else (None, None, None)
    return (*columns, *said, limit)
