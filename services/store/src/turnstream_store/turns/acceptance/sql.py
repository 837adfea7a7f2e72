"""The statements of an acceptance. Every turn needs them, so they are raw SQL.

Each statement that writes a turn also enforces the limits of turns per user and per session, holds
the turn back where it must wait, and gives it its place in the queue (see `rounds_sql`).

It counts what is committed. What the same store is writing at this moment is told to it
(`AcceptancesAhead`): of a hundred acceptances at once each gets a round of its own, and no more are
accepted than may be. One that has just been committed may be counted twice: then a burst has some
refused that would have had room a moment later, and none too many. Two stores do not know of each
other: each may accept one turn too many at once, and two turns may share a round. No lock is taken
that two users would wait for.
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
from turnstream_store.turns.rounds_sql import tenant_round, user_round


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


class AcceptancesAhead(NamedTuple):
    """Acceptances that this store has under way, begun before this one."""

    of_tenant: int = 0
    of_user: int = 0


class Bounds(NamedTuple):
    """What an acceptance must keep to."""

    turns_per_user: int
    turns_per_session: int
    ahead: AcceptancesAhead
    threads_per_user: int
    items_per_thread: int


class LockedThread(NamedTuple):
    """A thread of the owner's, locked until the transaction ends."""

    status: str
    """The newest status, as JSON."""


class InsertedTurn(NamedTuple):
    """The answer of a statement that wrote a turn; one that did not write has no row."""

    held_back: bool
    """True when the turn must wait for another turn: then it needs no job."""


class ActiveTurns(NamedTuple):
    """How many turns are queued or running."""

    of_user: int
    of_session: int


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

_TURNS_OF_USER = f"""
    SELECT count(*) AS active,
           count(*) FILTER (WHERE NOT held_back) AS in_line,
           count(*) FILTER (WHERE session_id = $13) AS of_session,
           count(*) FILTER (WHERE session_id = $13 AND NOT held_back) AS session_in_line,
           max(user_round) FILTER (WHERE NOT held_back) AS last_round
    FROM turns WHERE tenant = $3 AND owner = $4 AND {_ACTIVE}
"""


def _turn(is_behind: str) -> str:
    """The insertion of a turn, which has to wait in its thread where `is_behind`."""
    return f"""
        INSERT INTO turns (
            {", ".join(NewTurn._fields)},
            status, attempt, failures, held_back, tenant_round, user_round
        )
        SELECT $1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json, $11::json, $12,
               $13, $14::float8, $15::int, $23::text, $24::int, 'queued', 0, 0,
               {is_behind} OR mine.in_line + $22::int >= $15::int
                   OR $13 IS NOT NULL AND mine.session_in_line + $22::int >= $24::int,
               {tenant_round("$3", "$14::float8", "$21::int")},
               {user_round("$3", "mine.last_round", "$22::int")}
        FROM ({_TURNS_OF_USER}) AS mine
        WHERE mine.active + $22::int < $19::int AND mine.of_session + $22::int < $20::int
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
"""A foreign key is satisfied by anybody's thread."""

_IS_BUSY = f"EXISTS (SELECT 1 FROM turns WHERE thread_id = $2 AND {_OWNERS} AND {_ACTIVE})"

# Counting what a user or a thread has takes the longer the more there is, and only who is near the
# bound has to know. So the newest row remembers what was counted, and the next one adds to that. A
# row of a store that did not count yet, and one that brings the bound near, has all counted anew.

_COUNTED_ANEW = 100
"""Threads of a user after which all are counted anew: two that are begun at the same moment by two
stores do not see each other, and become one in the sum."""

_THREADS_HELD = f"""
    held AS MATERIALIZED (
        SELECT coalesce((
            SELECT newest.threads_before + 1 + $22::int FROM (
                SELECT threads_before FROM threads WHERE tenant = $3 AND owner = $4
                ORDER BY created_at DESC, id DESC LIMIT 1
            ) AS newest
            WHERE newest.threads_before % {_COUNTED_ANEW} + 1 + $22::int < {_COUNTED_ANEW}
              AND newest.threads_before + 1 + $22::int < $26::int
        ), (
            SELECT count(*) FROM (
                SELECT FROM threads WHERE tenant = $3 AND owner = $4 LIMIT $26::int
            ) AS counted
        )) AS count
    )
"""

_ITEMS_HELD = f"""
    held AS MATERIALIZED (
        SELECT coalesce((
            SELECT newest.items_before + newer.count FROM (
                SELECT items_before, seq FROM items
                WHERE thread_id = $2 AND {_OWNERS} AND items_before IS NOT NULL
                ORDER BY seq DESC LIMIT 1
            ) AS newest, LATERAL (
                SELECT count(*) FROM items
                WHERE thread_id = $2 AND {_OWNERS} AND items.seq >= newest.seq
            ) AS newer
            WHERE newest.items_before + newer.count < $25::int
        ), (
            SELECT count(*) FROM (
                SELECT FROM items WHERE thread_id = $2 AND {_OWNERS} LIMIT $25::int
            ) AS counted
        )) AS count
    )
"""

_WRITE = Statement(
    f"""
    WITH turn AS ({_turn(_IS_BUSY)} AND {_IN_THREAD} RETURNING held_back), {_message("NULL")}
    SELECT held_back FROM turn
    """,
    InsertedTurn,
)

_WRITE_IF_FREE = Statement(
    f"""
    WITH {_ITEMS_HELD}, turn AS (
        {_turn("false")}
        AND {_IN_THREAD}
        AND NOT EXISTS (
            SELECT 1 FROM turns
            WHERE tenant = $3 AND owner = $4 AND (id = $1 OR idempotency_key = $5)
        )
        AND NOT {_IS_BUSY}
        AND (SELECT count FROM held) < $25::int
        RETURNING held_back
    ), {_message("(SELECT count FROM held)")} SELECT held_back FROM turn
""",
    InsertedTurn,
)

_BEGIN_THREAD = Statement(
    f"""
    WITH {_THREADS_HELD}, turn AS (
        {_turn("false")} AND (SELECT count FROM held) < $26::int
        ON CONFLICT DO NOTHING
        RETURNING held_back
    ), thread AS (
        INSERT INTO threads (
            id, tenant, owner, status, metadata, created_at, session_id, threads_before
        )
        SELECT $2, $3, $4, '{{"type": "active"}}'::jsonb, '{{}}'::jsonb, $25, $13, held.count
        FROM turn, held
    ), {_message("0")} SELECT held_back FROM turn
""",
    InsertedTurn,
)


async def lock_thread(connection: Connection, owner: Owner, thread_id: str) -> Json | None:
    """Lock a thread of the owner's until the transaction ends; its newest status, or None.

    The lock puts the acceptances of a thread in one order.
    """
    thread = await _LOCK_THREAD.one(connection, thread_id, *owner)
    status: Json | None = orjson.loads(thread.status) if thread else None
    return status


_ACTIVE_TURNS = Statement(
    f"""
    SELECT count(*) AS of_user, count(*) FILTER (WHERE session_id = $3) AS of_session
    FROM turns WHERE tenant = $1 AND owner = $2 AND {_ACTIVE}
    """,
    ActiveTurns,
)


async def write(
    session: AsyncSession, turn: NewTurn, message: StoredItem | None, bounds: Bounds
) -> InsertedTurn | None:
    """Write a queued turn. None, and nothing is written, when its bounds are reached."""
    return await _WRITE.one_within(session, *_values(turn, message, bounds))


async def write_if_free(
    connection: Connection, turn: NewTurn, message: StoredItem | None, bounds: Bounds
) -> InsertedTurn | None:
    """Write a queued turn in a locked thread in which no turn runs or waits.

    None, and nothing is written, when one does, when the same acceptance was made before, or when
    the bounds are reached. The lock must be held before the statement begins: only then it sees
    what the holder before wrote.
    """
    values = (*_values(turn, message, bounds), bounds.items_per_thread)
    return await _WRITE_IF_FREE.one(connection, *values)


async def begin_thread(
    connection: Connection,
    turn: NewTurn,
    message: StoredItem | None,
    bounds: Bounds,
    created_at: datetime,
) -> InsertedTurn | None:
    """Write a new thread with the queued turn and the message that it begins with.

    None, and nothing is written, when the bounds are reached, or when the same acceptance was made
    before or is being made: then a unique index refuses the turn. The turn refers to its thread
    before that exists; Postgres checks this at the end of the statement.
    """
    values = (*_values(turn, message, bounds), created_at, bounds.threads_per_user)
    return await _BEGIN_THREAD.one(connection, *values)


async def active_turns(session: AsyncSession, turn: NewTurn) -> ActiveTurns:
    """How many turns the owner has queued or running, and how many of the turn's session."""
    found = await _ACTIVE_TURNS.one_within(session, turn.tenant, turn.owner, turn.session_id)
    return found or ActiveTurns(0, 0)


def _values(turn: NewTurn, message: StoredItem | None, bounds: Bounds) -> tuple[object, ...]:
    said = (message.item_id, message.payload, message.public) if message else (None, None, None)
    *columns, credentials, most_of_session = turn
    limits = (bounds.turns_per_user, bounds.turns_per_session, *bounds.ahead)
    return (*columns, *said, *limits, credentials, most_of_session)
