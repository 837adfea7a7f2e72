"""Every migration behind the first release runs beside services, and leaves the release before what
it reads.
"""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.script import Script, ScriptDirectory
from turnstream_store.database.schema.migrate import alembic_config
from turnstream_store.database.schema.note import FIRST_RELEASE
from turnstream_store.settings import StoreSettings

from tests.chaos.versions import PREVIOUS_SCHEMA
from tests.integration.upgrades.online import CONTRACTS, Fault, Recorder, Statement, faults

_EMPTY_BEFORE = """
    INSERT INTO turnstream.deleted_threads (tenant, owner, id, created_at)
    VALUES ('acme', 'ann', 'thr_gone', now());
    INSERT INTO turnstream.deleted_items (thread_id, id, seq) SELECT thread_id, 'msg_gone', seq
    FROM turnstream.items LIMIT 1
"""
"""Rows of the two tables in which the first release left none."""
BAD: list[tuple[str, str]] = [
    ("adding-field-with-default", "ADD COLUMN IF NOT EXISTS c timestamptz DEFAULT now_of_app()"),
    ("adding-required-field", "ADD COLUMN IF NOT EXISTS c text NOT NULL"),
    ("changing-column-type", "ALTER COLUMN status TYPE varchar"),
    ("adding-not-nullable-field", "ALTER COLUMN worker SET NOT NULL"),
    ("constraint-missing-not-valid", "ADD CONSTRAINT c CHECK (attempt > 0)"),
    ("ban-drop-column", "DROP COLUMN IF EXISTS worker"),
    ("renaming-column", "RENAME COLUMN worker TO who"),
]


def later() -> list[Script]:
    """The migrations behind the first release, oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config(StoreSettings()))
    return list(scripts.iterate_revisions("head", FIRST_RELEASE))[::-1]


def said(script: Script, name: str) -> Any:
    """What a migration says of itself under a name; None where it says nothing."""
    return getattr(script.module, name, None)


async def test_every_later_migration_is_online(
    database: str, connection: asyncpg.Connection
) -> None:
    """Or it says why not (`offline`); what it takes away, it says for whom (`serves_from`)."""
    await connection.execute(_EMPTY_BEFORE)
    found: dict[str, list[Fault]] = {}
    config = alembic_config(StoreSettings(database_url=database))
    with Recorder() as recorder:
        for script in later():
            recorder.revision = script.revision
            await asyncio.to_thread(command.upgrade, config, script.revision)
    for script in later():
        assert recorder.sent[script.revision], f"{script.revision} did nothing that was seen"
        allowed = CONTRACTS if said(script, "serves_from") else frozenset[str]()
        wrong = [
            each for each in faults(recorder.sent[script.revision]) if each.rule not in allowed
        ]
        if wrong and not said(script, "offline"):
            found[script.revision] = wrong
    assert found == {}


def test_this_schema_serves_the_release_before() -> None:
    """A deploy runs both for a while: that release does not read what a migration takes away."""
    for script in later():
        serves_from = said(script, "serves_from")
        assert serves_from is None or serves_from <= PREVIOUS_SCHEMA, script.revision


@pytest.mark.parametrize(("rule", "change"), BAD, ids=[rule for rule, _ in BAD])
def test_a_change_of_a_table_that_is_not_online_is_found(rule: str, change: str) -> None:
    """With a lock that is waited for briefly: it is what comes after the wait that takes long."""
    statements = [
        Statement("SET lock_timeout = '0.5s'", in_transaction=False),
        Statement(f"ALTER TABLE turns {change}", in_transaction=False),
    ]
    assert rule in {each.rule for each in faults(statements)}


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        ("require-concurrent-index-creation", "CREATE INDEX IF NOT EXISTS i ON turns (worker)"),
        ("lock-timeout", "ALTER TABLE turns ADD COLUMN IF NOT EXISTS c text"),
        ("not-repeatable", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ("unbounded-change", "UPDATE turns SET worker = NULL"),
        ("unbounded-change", "DELETE FROM turns WHERE status = 'failed'"),
        ("ban-drop-table", "DROP TABLE IF EXISTS turns"),
    ],
)
def test_a_statement_that_is_not_online_is_found(rule: str, sql: str) -> None:
    """Of a migration without a transaction, as those are that take their time."""
    found = faults([Statement(sql, in_transaction=False)])
    assert rule in {each.rule for each in found}


def test_what_is_online_is_let_through() -> None:
    """New tables with all that they need, and the ways of `live_changes` for old ones."""
    new = "CREATE TABLE news (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
    statements = [
        Statement(new, in_transaction=True),
        Statement("CREATE INDEX news_by_time ON news (at)", in_transaction=True),
        Statement("ALTER TABLE news ENABLE ROW LEVEL SECURITY", in_transaction=True),
        Statement(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON turns (worker)", in_transaction=False
        ),
        Statement("SET lock_timeout = '0.5s'", in_transaction=False),
        Statement("ALTER TABLE turns ADD COLUMN IF NOT EXISTS c text", in_transaction=False),
        Statement(
            "ALTER TABLE turns ADD COLUMN IF NOT EXISTS d int NOT NULL DEFAULT 8",
            in_transaction=False,
        ),
        Statement("RESET lock_timeout", in_transaction=False),
    ]
    assert list(faults(statements)) == []
