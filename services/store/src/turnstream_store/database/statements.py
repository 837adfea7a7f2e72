"""Raw SQL for the hot statements, and the named tuples that its rows become."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

R = TypeVar("R", bound=tuple[object, ...])

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
"""A named parameter. A cast has two colons."""


class Connection(Protocol):
    """What a hot statement needs of a connection of asyncpg's. JSON of either kind is text."""

    async def fetchrow(self, sql: str, *values: object) -> Sequence[object] | None:
        """The first row of the result, if there is one."""

    async def fetch(self, sql: str, *values: object) -> Sequence[Sequence[object]]:
        """Every row of the result."""


@dataclass(frozen=True)
class Statement(Generic[R]):
    """A statement with numbered parameters. It is a constant of its module.

    A test prepares each one against the migrated schema, and compares the columns of its result
    with the fields of `row`.
    """

    sql: str
    row: Callable[..., R]
    """A `NamedTuple` with a field for each column of the result, in the same order."""

    @classmethod
    def named(cls, sql: str, row: Callable[..., R], names: Sequence[str]) -> Self:
        """A statement with named parameters, such as `:tenant`. Give the values in the order of
        `names`. Raises `ValueError` for a parameter that is not among them.

        The numbers that asyncpg wants are put in here, once, and not with every call.
        """
        return cls(_PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql), row)

    async def one(self, connection: Connection, *values: object) -> R | None:
        """The first row, if there is one."""
        found = await connection.fetchrow(self.sql, *values)
        return None if found is None else self.row(*found)

    async def all(self, connection: Connection, *values: object) -> list[R]:
        """Every row."""
        return [self.row(*found) for found in await connection.fetch(self.sql, *values)]

    async def one_within(self, session: AsyncSession, *values: object) -> R | None:
        """The first row, in the transaction of a session.

        This is the only way from a session to raw SQL. It goes through SQLAlchemy's cursor, which
        begins the session's transaction if nothing else has; asyncpg's own connection, taken from
        beneath the session, would not.
        """
        connection = await session.connection()
        found = (await connection.exec_driver_sql(self.sql, values)).first()
        return None if found is None else self.row(*found)
