"""The owner of a row. Every query of rows names it, whatever Postgres does by itself."""

from typing import Protocol

import sqlalchemy as sa
from sqlmodel import col
from turnstream.contracts.owner import Owner


class OwnedRow(Protocol):
    """A row of a table with these two columns."""

    tenant: str
    owner: str


def owned_by(table: type[OwnedRow], owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that keep a query to the rows of one owner."""
    return (col(table.tenant) == owner.tenant, col(table.owner) == owner.user)


def owner_of_row(row: OwnedRow) -> Owner:
    """The owner of a row."""
    return Owner(row.tenant, row.owner)
