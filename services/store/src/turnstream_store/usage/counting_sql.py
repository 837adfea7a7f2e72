"""The part of an attempt's write that counts its model calls, in the same statement; and the
statement that counts those of no turn.

The call is counted if and only if its record is written, so a call is counted once however often
workers die. It is put after `turn`, which says whether the attempt may write at all.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from typing import NamedTuple

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.usage import CountOutsideTurn
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import WriteAttempt

from turnstream_store.database.statements import Statement

_COUNTS = (
    "requests",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "cost",
)
_FIELDS = ("key", "agent", "model", "host", *_COUNTS, "estimated")
_TYPES = ", ".join(
    f"{name} {'bigint' if name in _COUNTS else 'boolean' if name == 'estimated' else 'text'}"
    for name in (*_FIELDS, "reserved")
)


class CountedCalls(NamedTuple):
    """How many calls were not counted before."""

    counted: int


DAY = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
MONTH = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')"


def counting(first: int) -> str:
    """The CTEs of a statement, of which `first` is the number of the first parameter.

    `turn` is locked before `spending`, and the rows of `spending` in one order: a reservation does
    the same, so that they never wait for each other in a circle. An UPDATE that waited adds to
    what the other has written.
    """
    return f"""
    counted AS (
        SELECT * FROM json_to_recordset(${first}::text::json) AS counted ({_TYPES})
    ), used AS (
        INSERT INTO usage (turn_id, tenant, owner, thread_id, attempt, {", ".join(_FIELDS)})
        SELECT turn.id, turn.tenant, turn.owner, turn.thread_id, $2,
               {", ".join(f"counted.{name}" for name in _FIELDS)}
        FROM turn, counted
        ON CONFLICT (turn_id, key) DO NOTHING
        RETURNING input_tokens + output_tokens AS tokens, COALESCE(cost, 0) AS cost
    ), played_back AS (
        UPDATE usage SET played_back = usage.played_back + 1, attempt = $2
        FROM turn
        WHERE usage.turn_id = turn.id AND usage.tenant = turn.tenant
          AND usage.key = ANY(${first + 1}::text[]) AND usage.attempt < $2
    ), released AS (
        DELETE FROM reservations USING turn, counted
        WHERE reservations.turn_id = turn.id AND reservations.tenant = turn.tenant
          AND reservations.key = counted.reserved
    ), charged AS (
        SELECT spending.tenant, spending.owner, spending.period FROM spending, turn
        WHERE spending.tenant = turn.tenant AND spending.owner IN ('', turn.owner)
          AND spending.period IN ({DAY}, {MONTH})
          AND EXISTS (SELECT FROM used)
        ORDER BY spending.owner, spending.period FOR UPDATE OF spending
    ), spent AS (
        UPDATE spending SET tokens = spending.tokens + sums.tokens, cost = spending.cost + sums.cost
        FROM charged, (
            SELECT sum(tokens)::bigint AS tokens, sum(cost)::bigint AS cost FROM used
        ) AS sums
        WHERE spending.tenant = charged.tenant AND spending.owner = charged.owner
          AND spending.period = charged.period
    )
    """


_COUNT_OUTSIDE = Statement(
    f"""
    WITH turn AS (
        SELECT '' AS id, $3::text AS tenant, $4::text AS owner, $1::text AS thread_id
    ), {counting(5)}
    SELECT count(*) AS counted FROM used
    """,
    CountedCalls,
)


async def count_outside(session: AsyncSession, owner: Owner, command: CountOutsideTurn) -> int:
    """Count calls of no turn; how many were not counted before."""
    rows = orjson.dumps([each.model_dump() for each in command.usage]).decode()
    counted = await _COUNT_OUTSIDE.one_within(session, command.thread_id, 0, *owner, rows, [])
    return counted.counted if counted else 0


def counts(command: WriteAttempt) -> bool:
    """Whether a write has something to count: most have not, and their statement is shorter."""
    return bool(command.usage or command.played_back)


def parameters(command: WriteAttempt) -> tuple[str, list[str]]:
    """The parameters of `counting`."""
    rows = [each.model_dump() for each in command.usage]
    return orjson.dumps(rows).decode(), command.played_back
