"""Whose a row is. Every query of rows says it, whatever Postgres does by itself."""

from typing import Any, Protocol

import sqlalchemy as sa
from sqlmodel import SQLModel, col
from turnstream.contracts.owner import Owner


class OwnedRow(Protocol):
    """A row of a table with these two columns."""

    tenant: str
    owner: str


def owned_by(table: type[SQLModel], owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that keep a query to the rows of one owner."""
    rows: Any = table
    return (col(rows.tenant) == owner.tenant, col(rows.owner) == owner.user)


def owner_of_row(row: OwnedRow) -> Owner:
    """Whose a row is."""
    return Owner(row.tenant, row.owner)
