"""Checks whether a duty of the sweeper has rows to work on, before the duty runs.

Duties look every two seconds for rows that rarely exist. As a hot statement the check costs a tenth
of a session with its query, and one round trip instead of three. The duty itself decides what is
done.
"""

from typing import NamedTuple

from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Statement


class DueRow(NamedTuple):
    """At least one row exists."""

    is_due: bool


def any_of(table: str, condition: str) -> Statement[DueRow]:
    """A statement that looks for rows of a table. The table and condition are constant SQL.

    The condition holds for every row that the duty would find. It may hold for others too.
    """
    return Statement(f"SELECT true AS is_due FROM {table} WHERE {condition} LIMIT 1", DueRow)  # noqa: S608 - of constants


async def is_due(database: Database, question: Statement[DueRow]) -> bool:
    """True if any tenant has such a row."""
    async with database.all_tenants().connection() as connection:
        return await question.one(connection) is not None
