"""The statements of an acceptance. Every turn needs them, so they are raw SQL.

Each statement that writes a turn also enforces its limits (see `limits_sql`), holds the turn back
where it must wait, and gives it its place in the queue (see `rounds_sql`). Of a hundred acceptances
at once in one store each gets a round of its own; of two stores, two turns may share one.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime
from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json
from turnstream.errors import ThreadFull, TooManyThreads

from turnstream_store.database.statements import Connection, Statement
from turnstream_store.turns.acceptance.limits_sql import (
    ACTIVE,
    MINE,
    Bounds,
    items_held,
    limits,
    threads_held,
)
from turnstream_store.turns.waiting.rounds_sql import tenant_round, user_round


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
    session_id: str | None
    tenant_share: float
    max_running: int
    credentials: str | None
    max_running_of_session: int


class NewThread(NamedTuple):
    """The columns of a thread to be written."""

    id: str
    tenant: str
    owner: str
    created_at: datetime
    session_id: str | None


class LockedThread(NamedTuple):
    """A thread of the owner's, locked until the transaction ends."""

    status: str
    """The newest status, as JSON."""


class InsertResult(NamedTuple):
    """The answer of a statement that writes a turn."""

    held_back: bool | None
    """True when the turn must wait for another turn: then it needs no job. None when nothing was
    written."""
    reached: str | None
    """The limit for which it is too much, as the code of an error."""


class InsertedThread(NamedTuple):
    """The answer of a statement that wrote a thread; one that did not write has no row."""

    id: str


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


def _turn(is_behind: str) -> str:
    """The insertion of a turn, which has to wait in its thread where `is_behind`."""
    return f"""
        INSERT INTO turns (
            {", ".join(NewTurn._fields)},
            status, attempt, failures, held_back, tenant_round, user_round
        )
        SELECT $1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json, $11::json, $12,
               $13, $14::float8, $15::int, $23::text, $24::int, 'queued', 0, 0,
               {is_behind} OR mine.in_line >= $15::int
                   OR $13 IS NOT NULL AND mine.session_in_line >= $24::int,
               {tenant_round("$3", "$14::float8", "$21::int")},
               {user_round("$3", "mine.last_round", "$22::int")}
        FROM mine, limits WHERE limits.reached IS NULL
    """


def _message(items_before: str) -> str:
    """The insertion of the turn's message, behind so many items."""
    return f"""
        message AS (
            INSERT INTO items (
                thread_id, id, tenant, owner, type, hidden, payload, public, turn_id, attempt,
                items_before
            )
            SELECT $2, $16, $3, $4, 'user_message', false, $17::json, $18::json, $1, 0,
                   {items_before}
            FROM turn WHERE $16::text IS NOT NULL
        )
    """


_IN_THREAD = f"EXISTS (SELECT 1 FROM threads WHERE id = $2 AND {_OWNERS})"
"""The foreign key alone would accept a thread of another owner."""

_IS_BUSY = f"EXISTS (SELECT 1 FROM turns WHERE thread_id = $2 AND {_OWNERS} AND {ACTIVE})"

_ITEMS_HELD = items_held("$2", _OWNERS, "$25::int")
_LIMITS_IN_THREAD = limits("$16::text IS NOT NULL AND (SELECT is_full FROM held)", ThreadFull.code)
"""A turn without a message adds no item."""

_RESULT = "SELECT (SELECT held_back FROM turn) AS held_back, reached FROM limits"


def _thread(columns: str, source: str) -> str:
    """The insertion of a thread, behind so many of its owner's as are `held`."""
    return f"""
        thread AS (
            INSERT INTO threads (
                {", ".join(NewThread._fields)}, status, metadata, threads_before
            )
            SELECT {columns}, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, held.count
            FROM {source} RETURNING id
        )
    """


_WRITE = Statement(
    f"""
    WITH {_ITEMS_HELD}, {MINE}, {_LIMITS_IN_THREAD},
    turn AS ({_turn(_IS_BUSY)} AND {_IN_THREAD} RETURNING held_back), {_message("NULL")}
    {_RESULT}
    """,
    InsertResult,
)

_WRITE_IF_FREE = Statement(
    f"""
    WITH {_ITEMS_HELD}, {MINE}, {_LIMITS_IN_THREAD}, turn AS (
        {_turn("false")}
        AND {_IN_THREAD}
        AND NOT EXISTS (
            SELECT 1 FROM turns
            WHERE tenant = $3 AND owner = $4 AND (id = $1 OR idempotency_key = $5)
        )
        AND NOT {_IS_BUSY}
        RETURNING held_back
    ), {_message("(SELECT count FROM held)")} {_RESULT}
    """,
    InsertResult,
)

_BEGIN_THREAD = Statement(
    f"""
    WITH {threads_held("$3", "$4", "$22::int", "$26::int")}, {MINE},
    {limits("(SELECT is_full FROM held)", TooManyThreads.code)}, turn AS (
        {_turn("false")} ON CONFLICT DO NOTHING RETURNING held_back
    ), {_thread("$2, $3, $4, $25::timestamptz, $13", "turn, held")}, {_message("0")} {_RESULT}
    """,
    InsertResult,
)

_ADD_THREAD = Statement(
    f"""
    WITH {threads_held("$2::text", "$3::text", "$6::int", "$7::int")},
    {_thread("$1, $2, $3, $4::timestamptz, $5", "held WHERE NOT held.is_full")}
    SELECT id FROM thread
    """,
    InsertedThread,
)


async def lock_thread(connection: Connection, owner: Owner, thread_id: str) -> Json | None:
    """Lock a thread of the owner's until the transaction ends; its newest status, or None.

    The lock puts the acceptances of a thread in one order.
    """
    thread = await _LOCK_THREAD.one(connection, thread_id, *owner)
    status: Json | None = orjson.loads(thread.status) if thread else None
    return status


async def add_thread(session: AsyncSession, thread: NewThread, bounds: Bounds) -> bool:
    """Write a thread whose turn is yet to be written. False when its owner has too many."""
    values = (*thread, bounds.ahead.of_user, bounds.threads_per_user)
    return await _ADD_THREAD.one_within(session, *values) is not None


async def write(
    session: AsyncSession, turn: NewTurn, message: StoredItem | None, bounds: Bounds
) -> InsertResult:
    """Write a queued turn in a thread of its owner's, unless that is more than they may have."""
    values = (*_values(turn, message, bounds), bounds.items_per_thread)
    return await _WRITE.one_within(session, *values) or _NOTHING


async def write_if_free(
    connection: Connection, turn: NewTurn, message: StoredItem | None, bounds: Bounds
) -> InsertResult:
    """Write a queued turn in a locked thread in which no turn runs or waits.

    Nothing is written when one does, when the same acceptance was made before, or when a limit is
    reached. The lock must be held before the statement begins: only then it sees what the holder
    before wrote.
    """
    values = (*_values(turn, message, bounds), bounds.items_per_thread)
    return await _WRITE_IF_FREE.one(connection, *values) or _NOTHING


async def begin_thread(
    connection: Connection,
    turn: NewTurn,
    message: StoredItem | None,
    bounds: Bounds,
    created_at: datetime,
) -> InsertResult:
    """Write a new thread with the queued turn and the message that it begins with.

    Nothing is written when a limit is reached, or when the same acceptance was made before or is
    being made: then a unique index refuses the turn. The turn refers to its thread before that
    exists; Postgres checks this at the end of the statement.
    """
    values = (*_values(turn, message, bounds), created_at, bounds.threads_per_user)
    return await _BEGIN_THREAD.one(connection, *values) or _NOTHING


_NOTHING = InsertResult(None, None)


def _values(turn: NewTurn, message: StoredItem | None, bounds: Bounds) -> tuple[object, ...]:
    said = (message.item_id, message.payload, message.public) if message else (None, None, None)
    *columns, credentials, most_of_session = turn
    limits_of_turns = (bounds.turns_per_user, bounds.turns_per_session, *bounds.ahead)
    return (*columns, *said, *limits_of_turns, credentials, most_of_session)
