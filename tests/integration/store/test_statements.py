"""Every raw statement fits the migrated schema, and the named tuple that its rows become."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import asyncpg
import pytest
import turnstream_store
from turnstream_store.database.statements import Statement


def statements() -> Iterator[tuple[str, Statement[tuple[object, ...]]]]:
    """Every `Statement` that is a constant of a module of the store, with its name."""
    for module in pkgutil.walk_packages(turnstream_store.__path__, "turnstream_store."):
        if "migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, Statement):
                yield f"{module.name.removeprefix('turnstream_store.')}.{name}", value


STATEMENTS = dict(statements())


def test_the_statements_are_found() -> None:
    """Acceptance, claim, writes, the end, and both renewals of leases."""
    assert {name.split(".")[1] for name in STATEMENTS} >= {
        "acceptance_sql",
        "claim_sql",
        "writing_sql",
        "lease_sql",
        "renewal_sql",
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
