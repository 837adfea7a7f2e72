"""Kinds of columns. Payloads are JSON text, kept byte for byte.

`json`, not `jsonb`: a ChatKit item is opaque here, and `jsonb` would reorder keys, drop
duplicates and refuse `\\u0000`.
"""

from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from turnstream.contracts.owner import DEFAULT_TENANT

T = TypeVar("T")


class JsonText(sa.types.UserDefinedType[str]):
    """A `json` column read and written as text, with no parsing on either side."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's type in DDL."""
        return "JSON"


def time_column(**options: Any) -> sa.Column[datetime]:
    """A moment, with its time zone."""
    return sa.Column(sa.DateTime(timezone=True), **options)


def now_column() -> sa.Column[datetime]:
    """The moment at which the row was written, by the clock of the database."""
    return time_column(nullable=False, server_default=sa.func.now())


def tenant_column(**options: Any) -> sa.Column[str]:
    """The tenant of a row. The default is for services of a version that knew no tenants."""
    return sa.Column(sa.Text, nullable=False, server_default=DEFAULT_TENANT, **options)


def constant(value: T) -> sa.BindParameter[T]:
    """A value that is written into the statement. With a parameter in its place the planner could
    not know that a partial index has the rows.
    """
    return sa.literal(value, literal_execute=True)
