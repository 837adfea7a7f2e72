"""The owner of a row. Every query of rows names it, whatever Postgres does by itself."""

from typing import Protocol, TypeGuard

import sqlalchemy as sa
from sqlmodel import SQLModel, col
from turnstream.contracts.owner import Owner


class OwnedRow(Protocol):
    """A row of a table with these two columns."""

    tenant: str
    owner: str


def owned_by(table: type[OwnedRow], owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that keep a query to the rows of one owner."""
    return (col(table.tenant) == owner.tenant, col(table.owner) == owner.user)


def names_owner(table: type[SQLModel]) -> TypeGuard[type[OwnedRow]]:
    """False where only the row that a row belongs to says whose it is."""
    return OwnedRow.__annotations__.keys() <= table.model_fields.keys()


def owner_of_row(row: OwnedRow) -> Owner:
    """The owner of a row."""
    return Owner(row.tenant, row.owner)
