"""The statements with which a running attempt writes: fence and write are one.

Each statement begins with a share lock on the turn's row, or with the update that ends the turn,
and writes only if that returns a row. A takeover either waits for the write or is seen by it, so a
superseded worker can never write after its successor began.

The status is compared in a form that fits no partial index. A plan that Postgres makes while no
turn is active takes the indexes of active turns for empty, prefers them to the primary key, and
later reads them whole.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import timedelta
from typing import NamedTuple

from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import TurnEnd

from turnstream_store.database.statements import Connection, Statement
from turnstream_store.turns.waiting.rounds_sql import promote_for
from turnstream_store.usage import counting_sql as usage
from turnstream_store.webhooks.outbox_sql import noted


class WriteResult(NamedTuple):
    """The answer of a write."""

    held: int
    """1 when the attempt was the newest of a running turn, else 0 and nothing was written."""


class KeptEnd(NamedTuple):
    """How a turn ends, and for how long its journal is kept then."""

    end: TurnEnd
    journal: timedelta | None = None


class EndResult(NamedTuple):
    """The answer of a write that ends a turn."""

    ended: int
    """1 when the attempt could end its turn, else 0 and nothing was written."""
    next_turn: str | None
    """A turn of the owner's that was held back and may run now."""


class AttemptState(NamedTuple):
    """How a turn stands."""

    attempt: int
    status: str


class RemovedItem(NamedTuple):
    """An item that was deleted."""

    id: str


_HELD = """
    turn AS (
        SELECT id, thread_id, tenant, owner FROM turns
        WHERE id = $1 AND attempt = $2 AND tenant = $3 AND owner = $4
          AND status IS NOT DISTINCT FROM 'running' FOR SHARE
    )
"""

_ENDED = """
    turn AS (
        UPDATE turns SET
            status = $14, ended_at = now(), lease_until = NULL, disconnected_until = NULL,
            error = $15::text::json, dead = $16::boolean, credentials = NULL,
            journal_until = now() + $17::interval
        WHERE id = $1 AND attempt = $2 AND tenant = $3 AND owner = $4
          AND status NOT IN ('completed', 'failed', 'cancelled')
        RETURNING id, thread_id, tenant, owner
    )
"""

_OWNERS = "items.tenant = turn.tenant AND items.owner = turn.owner"

# ON CONFLICT finds an item by its key. A join may read all items of the thread instead: Postgres
# knows only how long threads are on average.
_ITEMS = f"""
    written AS (
        SELECT * FROM unnest(
            $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[], $10::bigint[]
        ) AS written (id, type, hidden, payload, public, seq)
    ), saved AS (
        INSERT INTO items
            (thread_id, id, tenant, owner, type, hidden, payload, public, turn_id, attempt, seq)
        SELECT turn.thread_id, written.id, turn.tenant, turn.owner, written.type, written.hidden,
               written.payload::json, written.public::json,
               turn.id, $2, COALESCE(written.seq, nextval('item_seq'))
        FROM turn, written
        ON CONFLICT (thread_id, id) DO UPDATE SET
            payload = excluded.payload, public = excluded.public,
            type = excluded.type, hidden = excluded.hidden,
            made = CASE WHEN items.turn_id = excluded.turn_id
                THEN NULL ELSE COALESCE(items.made, items.payload) END,
            attempt = CASE WHEN items.turn_id = excluded.turn_id
                THEN excluded.attempt ELSE items.attempt END,
            changed_by = excluded.turn_id
        WHERE items.tenant = excluded.tenant AND items.owner = excluded.owner
    ), reconfirmed AS (
        UPDATE items SET attempt = $2 FROM turn
        WHERE items.turn_id = turn.id AND items.id = ANY($11::text[]) AND {_OWNERS}
    )
"""

_STEPS = """
    recorded AS (
        INSERT INTO journal (turn_id, key, tenant, value)
        SELECT turn.id, step.key, turn.tenant, step.value::json
        FROM turn, unnest($12::text[], $13::text[]) AS step (key, value)
        ON CONFLICT (turn_id, key) DO NOTHING
    )
"""

_FORGOTTEN = """
    forgotten AS (
        DELETE FROM journal USING turn
        WHERE journal.turn_id = turn.id AND journal.tenant = turn.tenant AND NOT $16
          AND $17::interval IS NULL
    ), struck_off AS (
        DELETE FROM tool_calls USING turn
        WHERE tool_calls.turn_id = turn.id AND tool_calls.tenant = turn.tenant AND NOT $16
          AND $17::interval IS NULL
    )
"""
"""A dead letter keeps both: it may run again, and must not repeat what happened. So does a turn
whose journal is kept for a while."""

_NOTED = noted(
    "$14",
    "$2",
    "$15",
    "SELECT id, type, coalesce(public, payload) AS public FROM written WHERE NOT hidden",
)
"""The end for the webhooks of its tenant."""

_OUTCOME = "SELECT (SELECT count(*) FROM turn) AS ended, (SELECT id FROM next) AS next_turn"


def _sql(*ctes: str, outcome: str) -> str:
    return "WITH" + ",".join(ctes) + outcome


_WRITE = Statement(
    _sql(_HELD, _ITEMS, _STEPS, outcome="SELECT count(*) AS held FROM turn"), WriteResult
)
_END = Statement(
    _sql(_ENDED, _ITEMS, _STEPS, _FORGOTTEN, _NOTED, promote_for("turn"), outcome=_OUTCOME),
    EndResult,
)

_COUNT = Statement(
    _sql(_HELD, _ITEMS, _STEPS, usage.counting(14), outcome="SELECT count(*) AS held FROM turn"),
    WriteResult,
)
_COUNT_AND_END = Statement(
    _sql(
        _ENDED,
        _ITEMS,
        _STEPS,
        _FORGOTTEN,
        _NOTED,
        promote_for("turn"),
        usage.counting(18),
        outcome=_OUTCOME,
    ),
    EndResult,
)
"""The same for writes that also count model calls."""

_NOT_ENDED = """
    turn AS (
        SELECT thread_id, tenant, owner FROM turns
        WHERE id = $1 AND attempt = $2 AND tenant = $3 AND owner = $4
          AND status NOT IN ('completed', 'failed', 'cancelled') FOR SHARE
    )
"""
"""As `_ENDED` has it: an end after the lease has passed counts unless another attempt runs."""

_DELETED = f"""
    deleted AS (
        DELETE FROM items USING turn
        WHERE items.thread_id = turn.thread_id AND items.id = ANY($5::text[]) AND {_OWNERS}
        RETURNING items.thread_id, items.id, items.tenant, items.seq
    ), stood AS (
        INSERT INTO deleted_items (thread_id, id, tenant, seq)
        SELECT thread_id, id, tenant, seq FROM deleted
        ON CONFLICT DO NOTHING
    )
"""

_REMOVE = Statement(
    _sql(_NOT_ENDED, _DELETED, outcome="SELECT id FROM deleted"),
    RemovedItem,
)

_STANDS = Statement(
    "SELECT attempt, status FROM turns WHERE id = $1 AND tenant = $2 AND owner = $3", AttemptState
)


async def write(connection: Connection, owner: Owner, turn_id: str, command: WriteAttempt) -> bool:
    """Save items, record steps and count model calls of a running attempt; False when it is not
    the newest.

    An item keeps its seq when it is replaced, and the turn that made it if that was another one.
    """
    values = _values(owner, turn_id, command)
    if usage.counts(command):
        written = await _COUNT.one(connection, *values, *usage.parameters(command))
    else:
        written = await _WRITE.one(connection, *values)
    return bool(written and written.held)


async def write_and_end(
    connection: Connection, owner: Owner, turn_id: str, command: WriteAttempt, kept: KeptEnd
) -> EndResult:
    """Save items and end the turn: whether that was so, and the turn that may run now.

    What may run now is looked for as the statement began; `rounds_sql` says who finds a turn that
    is accepted meanwhile.
    """
    end = kept.end
    error = end.error.model_dump_json(exclude_none=True) if end.error else None
    ended = (end.status, error, end.dead, kept.journal)
    values = (*_values(owner, turn_id, command), *ended)
    if usage.counts(command):
        outcome = await _COUNT_AND_END.one(connection, *values, *usage.parameters(command))
    else:
        outcome = await _END.one(connection, *values)
    return outcome or EndResult(0, None)


async def outcome(connection: Connection, owner: Owner, turn_id: str) -> AttemptState | None:
    """How a turn of the owner's stands; None when there is none such."""
    return await _STANDS.one(connection, turn_id, *owner)


async def remove(connection: Connection, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
    """Delete the items that a command removes, if its attempt is the newest of an active turn.

    Whether the attempt may do so is decided by what is written next in the same transaction.
    """
    await _REMOVE.all(connection, turn_id, command.attempt, *owner, command.removed)


def _values(owner: Owner, turn_id: str, command: WriteAttempt) -> tuple[object, ...]:
    saved = list({item.item_id: item for item in command.items}.values())  # the last one counts
    return (
        turn_id,
        command.attempt,
        *owner,
        [item.item_id for item in saved],
        [item.type for item in saved],
        [item.type in HIDDEN_TYPES for item in saved],
        [item.payload for item in saved],
        [item.public for item in saved],
        [item.seq for item in saved],
        command.reconfirmed,
        [step.key for step in command.steps],
        [step.value for step in command.steps],
    )
