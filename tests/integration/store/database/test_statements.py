"""Every raw statement fits the migrated schema, and the named tuple that its rows become."""

import asyncpg
import pytest

from tests.support.store.statements import STATEMENTS


def test_the_statements_are_found() -> None:
    """Acceptance, claim, writes, the end, and both renewals of leases."""
    assert {name.rpartition(".")[0] for name in STATEMENTS} >= {
        "turns.acceptance.sql",
        "turns.attempts.claim_sql",
        "turns.attempts.writing_sql",
        "turns.attempts.lease_sql",
        "tool_calls.renewal_sql",
    }


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_can_be_prepared(migrated: str, name: str) -> None:
    """Its tables and columns exist, and its result has the fields of its named tuple in order."""
    statement = STATEMENTS[name]
    connection = await asyncpg.connect(migrated.replace("+asyncpg", "", 1))
    prepared = await connection.prepare(statement.sql)
    columns = tuple(column.name for column in prepared.get_attributes())
    await connection.close()
    assert columns == statement.row._fields  # type: ignore[attr-defined]  # a NamedTuple has it
