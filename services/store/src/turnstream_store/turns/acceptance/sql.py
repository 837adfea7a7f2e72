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
    ITEMS_HELD,
    MINE,
    OWNERS,
    THREADS_HELD,
    Bounds,
    limits,
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


class NewMessage(NamedTuple):
    """The message of a turn. Nothing of one that has none. JSON is text."""

    message_id: str | None = None
    payload: str | None = None
    public: str | None = None


class NewThread(NamedTuple):
    """A thread to be written."""

    thread_id: str
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


_LOCK_THREAD = Statement(
    """
    SELECT status::text FROM threads
    WHERE id = $1 AND (tenant, owner) IS NOT DISTINCT FROM ($2, $3) FOR NO KEY UPDATE
    """,
    LockedThread,
)


_OF_TURN = (
    *NewTurn._fields,
    *NewMessage._fields,
    "turns_per_user",
    "turns_per_session",
    "ahead_of_tenant",
    "ahead_of_user",
)
"""The parameters of a statement that writes a turn, in the order of `_values`."""


def _values(turn: NewTurn, message: StoredItem | None, bounds: Bounds) -> tuple[object, ...]:
    row = NewMessage(message.item_id, message.payload, message.public) if message else NewMessage()
    return (*turn, *row, bounds.turns_per_user, bounds.turns_per_session, *bounds.ahead)


_TYPES = {
    **dict.fromkeys(("request", "context", "opening", "prelude"), "json"),
    "tenant_share": "float8",
    **dict.fromkeys(("max_running", "max_running_of_session"), "int"),
}
"""The types of those columns of a turn that are not text."""
_TURN = ", ".join(f":{name}::{_TYPES.get(name, 'text')}" for name in NewTurn._fields)


def _turn(is_behind: str) -> str:
    """The insertion of a turn, which has to wait in its thread where `is_behind`."""
    return f"""
        INSERT INTO turns (
            {", ".join(NewTurn._fields)},
            status, attempt, failures, held_back, tenant_round, user_round
        )
        SELECT {_TURN}, 'queued', 0, 0,
               {is_behind} OR mine.in_line >= :max_running::int OR :session_id IS NOT NULL
                   AND mine.session_in_line >= :max_running_of_session::int,
               {tenant_round(":tenant", ":tenant_share::float8", ":ahead_of_tenant::int")},
               {user_round(":tenant", "mine.last_round", ":ahead_of_user::int")}
        FROM mine, limits WHERE limits.reached IS NULL
    """


def _message(items_before: str) -> str:
    """The insertion of the turn's message, after so many items."""
    return f"""
        message AS (
            INSERT INTO items (
                thread_id, id, tenant, owner, type, hidden, payload, public, turn_id, attempt,
                items_before
            )
            SELECT :thread_id, :message_id, :tenant, :owner, 'user_message', false,
                   :payload::json, :public::json, :id, 0, {items_before}
            FROM turn WHERE :message_id::text IS NOT NULL
        )
    """


_IN_THREAD = f"EXISTS (SELECT 1 FROM threads WHERE id = :thread_id AND {OWNERS})"
"""The foreign key alone would accept a thread of another owner."""

_IS_BUSY = f"EXISTS (SELECT 1 FROM turns WHERE thread_id = :thread_id AND {OWNERS} AND {ACTIVE})"

_LIMITS_IN_THREAD = limits(
    ":message_id::text IS NOT NULL AND (SELECT is_full FROM held)", ThreadFull.code
)
"""A turn without a message adds no item."""

_RESULT = "SELECT (SELECT held_back FROM turn) AS held_back, reached FROM limits"


def _thread(source: str) -> str:
    """The insertion of a thread, after so many of its owner's as are `held`."""
    return f"""
        thread AS (
            INSERT INTO threads (
                id, tenant, owner, created_at, session_id, status, metadata, threads_before
            )
            SELECT :thread_id::text, :tenant::text, :owner::text, :created_at::timestamptz,
                   :session_id::text, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, held.count
            FROM {source} RETURNING id
        )
    """


_WRITE = Statement.named(
    f"""
    WITH {ITEMS_HELD}, {MINE}, {_LIMITS_IN_THREAD},
    turn AS ({_turn(_IS_BUSY)} AND {_IN_THREAD} RETURNING held_back), {_message("NULL")}
    {_RESULT}
    """,
    InsertResult,
    (*_OF_TURN, "items_per_thread"),
)

_WRITE_IF_FREE = Statement.named(
    f"""
    WITH {ITEMS_HELD}, {MINE}, {_LIMITS_IN_THREAD}, turn AS (
        {_turn("false")}
        AND {_IN_THREAD}
        AND NOT EXISTS (
            SELECT 1 FROM turns
            WHERE tenant = :tenant AND owner = :owner
              AND (id = :id OR idempotency_key = :idempotency_key)
        )
        AND NOT {_IS_BUSY}
        RETURNING held_back
    ), {_message("(SELECT count FROM held)")} {_RESULT}
    """,
    InsertResult,
    (*_OF_TURN, "items_per_thread"),
)

_BEGIN_THREAD = Statement.named(
    f"""
    WITH {THREADS_HELD}, {MINE},
    {limits("(SELECT is_full FROM held)", TooManyThreads.code)}, turn AS (
        {_turn("false")} ON CONFLICT DO NOTHING RETURNING held_back
    ), {_thread("turn, held")}, {_message("0")} {_RESULT}
    """,
    InsertResult,
    (*_OF_TURN, "created_at", "threads_per_user"),
)

_ADD_THREAD = Statement.named(
    f"""
    WITH {THREADS_HELD}, {_thread("held WHERE NOT held.is_full")}
    SELECT id FROM thread
    """,
    InsertedThread,
    (*NewThread._fields, "ahead_of_user", "threads_per_user"),
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
