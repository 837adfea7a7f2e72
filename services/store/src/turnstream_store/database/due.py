"""Whether a duty of the sweeper has anything to do, asked before it is done.

Duties look every two seconds, day and night, for rows that are hardly ever there. As a hot
statement the question costs a tenth of a session with its query, and one round trip instead of
three: a store at rest is cheap. The duty itself decides what is done.
"""

from typing import NamedTuple

from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Statement


class DueRow(NamedTuple):
    """There is a row to look at."""

    is_due: bool


def any_of(table: str, condition: str) -> Statement[DueRow]:
    """The question after rows of a table that fulfil a condition, both as SQL: constants.

    The condition holds for every row that the duty would find. It may hold for others too.
    """
    return Statement(f"SELECT true AS is_due FROM {table} WHERE {condition} LIMIT 1", DueRow)  # noqa: S608 - of constants


async def is_due(database: Database, question: Statement[DueRow]) -> bool:
    """The answer, for the rows of everybody."""
    async with database.everyone().connection() as connection:
        return await question.one(connection) is not None
