"""Claims stay fast however many turns wait: by plans that keep to indexes, and by the clock."""

import re
import time
from typing import Any

import asyncpg
import pytest
from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Connection

from tests.support.store.statements import STATEMENTS
from tests.support.turns import LEASE

SORT_KEY = re.compile(r"Sort Key: ([a-z]+)(?:_\d+)?\.")
USERS, TURNS = 1000, 20_000
PLANNED_EARLY = {
    "turns.attempts.claim_sql._CLAIM_NEXT": (3, "w", LEASE),
    "turns.attempts.claim_sql._CLAIM_NEXT_WAITING": (3, "w", LEASE),
    "turns.attempts.claim_sql._ANY_WAITS": (3,),
    "turns.waiting.rounds_sql._PROMOTE_ONE": ("default", "user-1", 0),
    "turns.waiting.rounds_sql._USERS_WAITING": ("", "", 10),
    "turns.acceptance.sql._WRITE": (
        *("turn_new", "thr_1", "default", "user-1", None, "kind", "f", "{}", "{}", "[]", "[]"),
        *(None, None, 1.0, 16, None, 8, None, None, None, 1000, 100, 0, 0, 50),
    ),
}
"""Statements with values, which a store may prepare while nothing waits."""

_FILLED = f"""
    WITH made AS (
        INSERT INTO threads (id, owner, status, metadata)
        SELECT 'thr_' || n, 'user-' || n % {USERS}, '{{}}', '{{}}' FROM generate_series(1, $1) AS n
        RETURNING id, owner
    )
    INSERT INTO turns (
        id, thread_id, owner, kind, status, fingerprint, attempt, failures,
        request, context, opening, prelude, tenant_round, user_round, held_back
    )
    SELECT 'turn_' || substr(id, 5), id, owner, 'threads.create', 'queued', '', 0, 0,
           '{{}}', '{{}}', '[]', '[]', substr(id, 5)::int, substr(id, 5)::int / {USERS},
           substr(id, 5)::int > 16 * {USERS}
    FROM made
"""
"""Turns of many users, as acceptances leave them: sixteen of each in line, the rest held back."""


async def plan_of(connection: Connection, name: str) -> str:
    """How Postgres runs a statement, in a connection of the store's."""
    found = await connection.fetch(f"EXPLAIN {STATEMENTS[name].sql}", *PLANNED_EARLY[name])
    return "\n".join(str(line[0]) for line in found)


@pytest.mark.parametrize("name", PLANNED_EARLY)
async def test_a_plan_made_while_nothing_waits_keeps_to_the_indexes_in_order(
    database: Database, other: asyncpg.Connection, name: str
) -> None:
    """It serves later, when a hundred thousand do: it must not read them all, nor sort them."""
    await other.execute("ANALYZE turns")
    async with database.all_tenants().connection() as connection:
        plan = await plan_of(connection, name)
    assert "Seq Scan on turns" not in plan, plan
    # What the attempts of one turn have made is few.
    assert {*SORT_KEY.findall(plan)} <= {"items"}, plan


async def _fastest(connection: Any) -> float:
    """Seconds of the fastest of many claims, each of which is taken back."""
    statement, values = STATEMENTS["turns.attempts.claim_sql._CLAIM_NEXT"], (3, "w", LEASE)
    times = []
    for _ in range(40):
        transaction = connection.transaction()
        await transaction.start()
        began = time.perf_counter()
        claimed = await statement.one(connection, *values)
        times.append(time.perf_counter() - began)
        assert claimed is not None
        await transaction.rollback()
    return min(times)


async def test_a_claim_is_not_slowed_down_by_what_waits(
    database: Database, other: asyncpg.Connection
) -> None:
    """With a store's plan from before, at most twice what it takes when one turn waits."""
    await other.execute(_FILLED, 1)
    async with database.all_tenants().connection() as connection:
        alone = await _fastest(connection)
        await other.execute("TRUNCATE threads CASCADE")
        await other.execute(_FILLED, TURNS)
        crowded = await _fastest(connection)
    assert crowded <= 2 * alone
