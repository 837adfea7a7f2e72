"""The statements of an acceptance. Every turn needs them, so they are raw SQL.

Each statement that writes a turn also enforces the limit of turns per user. Nothing else does.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json

from turnstream_store.database.statements import Connection, Statement


class NewTurn(NamedTuple):
    """The columns of a turn to be written. JSON is text."""

    id: str
    thread_id: str
    tenant: str
    owner: str
    idempotency_key: str | None
    kind: str
    fingerprint: str
    request: str
    context: str
    opening: str
    prelude: str
    input_item_id: str | None


class LockedThread(NamedTuple):
    """A thread of the owner's, locked until the transaction ends."""

    status: str
    """The newest status, as JSON."""


class Written(NamedTuple):
    """The answer of a statement that wrote a turn; one that did not write has no row."""

    written: bool


_ACTIVE = "status IN ('queued', 'running')"
_OWNERS = "(tenant, owner) IS NOT DISTINCT FROM ($3, $4)"
"""In a form that fits no index: a thread is found by its id and its turns by the thread, never
among all of a tenant. A plan that is made while the tables are empty would else do that.
"""


_LOCK_THREAD = Statement(
    """
    SELECT status::text FROM threads
    WHERE id = $1 AND (tenant, owner) IS NOT DISTINCT FROM ($2, $3) FOR NO KEY UPDATE
    """,
    LockedThread,
)

_TURN = f"""
    INSERT INTO turns ({", ".join(NewTurn._fields)}, status, attempt, failures)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json, $11::json, $12,
           'queued', 0, 0
    WHERE (
        SELECT count(*) FROM turns WHERE tenant = $3 AND owner = $4 AND {_ACTIVE}
    ) < $16
"""

_MESSAGE = """
    message AS (
        INSERT INTO items
            (thread_id, id, tenant, owner, type, hidden, payload, public, turn_id, attempt)
        SELECT $2, $13, $3, $4, 'user_message', false, $14::json, $15::json, $1, 0
        FROM turn WHERE $13::text IS NOT NULL
    )
"""

_IN_THREAD = f"EXISTS (SELECT 1 FROM threads WHERE id = $2 AND {_OWNERS})"
"""A foreign key is satisfied by anybody's thread."""

_WRITE = Statement(
    f"""
    WITH turn AS ({_TURN} AND {_IN_THREAD} RETURNING 1), {_MESSAGE}
    SELECT true AS written FROM turn
    """,
    Written,
)

_WRITE_IF_FREE = Statement(
    f"""
    WITH turn AS (
        {_TURN}
        AND {_IN_THREAD}
        AND NOT EXISTS (
            SELECT 1 FROM turns
            WHERE tenant = $3 AND owner = $4 AND (id = $1 OR idempotency_key = $5)
        )
        AND NOT EXISTS (SELECT 1 FROM turns WHERE thread_id = $2 AND {_OWNERS} AND {_ACTIVE})
        RETURNING 1
    ), {_MESSAGE} SELECT true AS written FROM turn
""",
    Written,
)

_BEGIN_THREAD = Statement(
    f"""
    WITH turn AS (
        {_TURN}
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), thread AS (
        INSERT INTO threads (id, tenant, owner, status, metadata, created_at, session_id)
        SELECT $2, $3, $4, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, $17,
               $9::json->>'session_id'
        FROM turn
    ), {_MESSAGE} SELECT true AS written FROM turn
""",
    Written,
)


async def lock_thread(connection: Connection, owner: Owner, thread_id: str) -> Json | None:
    """Lock a thread of the owner's until the transaction ends; its newest status, or None.

    The lock puts the acceptances of a thread in one order.
    """
    thread = await _LOCK_THREAD.one(connection, thread_id, *owner)
    status: Json | None = orjson.loads(thread.status) if thread else None
    return status


async def write(
    session: AsyncSession, turn: NewTurn, message: StoredItem | None, limit: int
) -> bool:
    """Write a queued turn. False, and nothing is written, when the owner has `limit` already."""
    return await _WRITE.one_within(session, *_values(turn, message, limit)) is not None


async def write_if_free(
    connection: Connection, turn: NewTurn, message: StoredItem | None, limit: int
) -> bool:
    """Write a queued turn in a locked thread in which no turn runs or waits.

    False, and nothing is written, when one does, when the same acceptance was made before, or when
    the owner has `limit` turns already. The lock must be held before the statement begins: only
    then it sees what the holder before wrote.
    """
    return await _WRITE_IF_FREE.one(connection, *_values(turn, message, limit)) is not None


async def begin_thread(
    connection: Connection,
    turn: NewTurn,
    message: StoredItem | None,
    limit: int,
    created_at: datetime,
) -> bool:
    """Write a new thread with the queued turn and the message that it begins with.

    False, and nothing is written, when the owner has `limit` turns already, or when the same
    acceptance was made before or is being made: then a unique index refuses the turn. The turn
    refers to its thread before that exists; Postgres checks this at the end of the statement.
    """
    values = (*_values(turn, message, limit), created_at)
    return await _BEGIN_THREAD.one(connection, *values) is not None


def _values(turn: NewTurn, message: StoredItem | None, limit: int) -> tuple[object, ...]:
    said = (message.item_id, message.payload, message.public) if message else (None, None, None)
    return (*turn, *said, limit)
