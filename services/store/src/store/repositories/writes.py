"""The statements with which a running attempt writes: fence and write are one.

A share lock on the turn's row, or the update that ends it, stands at the head of each statement,
and everything it writes hangs on the row that comes out. A takeover either waits for the write or
is seen by it, so a superseded worker can never write after its successor began.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import WriteAttempt

from store.models import Row
from store.repositories.items import HIDDEN_TYPES

_HELD = """
    turn AS (
        SELECT id, thread_id, owner FROM turns
        WHERE id = :turn_id AND attempt = :attempt AND status = 'running' FOR SHARE
    )
"""

_ENDED = """
    turn AS (
        UPDATE turns SET
            status = :status, ended_at = now(), lease_until = NULL, disconnected_until = NULL,
            error = CAST(:error AS json), dead = CAST(:dead AS boolean)
        WHERE id = :turn_id AND attempt = :attempt AND status IN ('queued', 'running')
        RETURNING id, thread_id, owner
    )
"""

_ITEMS = """
    written AS (
        SELECT * FROM unnest(
            CAST(:ids AS text[]), CAST(:types AS text[]), CAST(:hidden AS boolean[]),
            CAST(:payloads AS text[]), CAST(:publics AS text[]), CAST(:places AS bigint[])
        ) AS written (id, type, hidden, payload, public, place)
    ), replaced AS (
        UPDATE items SET
            payload = CAST(written.payload AS json), public = CAST(written.public AS json),
            type = written.type, hidden = written.hidden,
            made = CASE WHEN items.turn_id = turn.id
                THEN NULL ELSE COALESCE(items.made, items.payload) END,
            attempt = CASE WHEN items.turn_id = turn.id
                THEN CAST(:attempt AS int) ELSE items.attempt END,
            changed_by = turn.id
        FROM turn, written
        WHERE items.thread_id = turn.thread_id AND items.id = written.id RETURNING items.id
    ), added AS (
        INSERT INTO items
            (thread_id, id, owner, type, hidden, payload, public, turn_id, attempt, seq)
        SELECT turn.thread_id, written.id, turn.owner, written.type, written.hidden,
               CAST(written.payload AS json), CAST(written.public AS json),
               turn.id, CAST(:attempt AS int), COALESCE(written.place, nextval('item_seq'))
        FROM turn, written WHERE written.id NOT IN (SELECT id FROM replaced)
    ), brought_again AS (
        UPDATE items SET attempt = CAST(:attempt AS int) FROM turn
        WHERE items.thread_id = turn.thread_id AND items.turn_id = turn.id
          AND items.id = ANY(CAST(:again AS text[]))
    )
"""

_STEPS = """
    recorded AS (
        INSERT INTO journal (turn_id, key, value)
        SELECT turn.id, step.key, CAST(step.value AS json)
        FROM turn, unnest(CAST(:keys AS text[]), CAST(:values AS text[])) AS step (key, value)
        ON CONFLICT (turn_id, key) DO NOTHING
    )
"""

_FORGOTTEN = """
    forgotten AS (
        DELETE FROM journal USING turn WHERE journal.turn_id = turn.id
    ), struck_off AS (
        DELETE FROM tool_calls USING turn WHERE tool_calls.turn_id = turn.id
    )
"""

_NEXT = """
    next AS (
        UPDATE turns SET published_at = now() FROM turn
        WHERE turns.status = 'queued' AND turns.id = (
            SELECT other.id FROM turns AS other
            WHERE other.thread_id = turn.thread_id AND other.id <> turn.id
              AND other.status IN ('queued', 'running')
            ORDER BY other.position LIMIT 1
        )
        RETURNING turns.id
    )
"""

_OUTCOME = "SELECT (SELECT count(*) FROM turn) AS ended, (SELECT id FROM next) AS next_turn"


def _statement(*parts: str, outcome: str) -> sa.TextClause:
    return sa.text("WITH" + ",".join(parts) + outcome)


_WRITE = _statement(_HELD, _ITEMS, _STEPS, outcome="SELECT count(*) FROM turn")
_END = _statement(_ENDED, _ITEMS, _FORGOTTEN, _NEXT, outcome=_OUTCOME)
_BURY = _statement(_ENDED, _ITEMS, _STEPS, _NEXT, outcome=_OUTCOME)
"""A dead letter may run again, and must not repeat what happened: it keeps its journal."""

_REMOVE = _statement(
    _HELD,
    outcome="""
    DELETE FROM items USING turn
    WHERE items.thread_id = turn.thread_id AND items.id = ANY(CAST(:removed AS text[]))
    """,
)


async def write(connection: AsyncConnection, turn_id: str, command: WriteAttempt) -> bool:
    """Save items and record steps of a running attempt; False when it is not the newest.

    An item keeps its place in the order when it is replaced, and its maker when it was not ours.
    """
    values = _named(turn_id, command) | _items(command) | _steps(command)
    return bool(await connection.scalar(_WRITE, values))


async def write_and_end(connection: AsyncConnection, turn_id: str, command: WriteAttempt) -> Row:
    """Save items and end the turn: whether that was so, and the turn that may run now.

    The next in line is looked for as the statement began: one that is accepted meanwhile has a
    job of its own, and one whose job came too early is published again by the sweeper.
    """
    end = command.end
    assert end is not None
    values = _named(turn_id, command) | _items(command)
    values |= {
        "status": end.status,
        "error": end.error.model_dump_json(exclude_none=True) if end.error else None,
        "dead": end.dead,
    }
    if end.dead:
        return (await connection.execute(_BURY, values | _steps(command))).one()
    return (await connection.execute(_END, values)).one()


async def remove(connection: AsyncConnection, turn_id: str, command: WriteAttempt) -> None:
    """Delete the items that a command removes, if its attempt is the newest."""
    values = _named(turn_id, command) | {"removed": command.removed}
    await connection.execute(_REMOVE, values)


def _named(turn_id: str, command: WriteAttempt) -> dict[str, Any]:
    return {"turn_id": turn_id, "attempt": command.attempt}


def _items(command: WriteAttempt) -> dict[str, Any]:
    saved = command.items
    return {
        "ids": [item.item_id for item in saved],
        "types": [item.type for item in saved],
        "hidden": [item.type in HIDDEN_TYPES for item in saved],
        "payloads": [item.payload for item in saved],
        "publics": [item.public for item in saved],
        "places": [item.place for item in saved],
        "again": command.again,
    }


def _steps(command: WriteAttempt) -> dict[str, Any]:
    return {
        "keys": [step.key for step in command.steps],
        "values": [step.value for step in command.steps],
    }
