"""Every table of the store: what a migration compares the database with."""

from sqlmodel import SQLModel

__all__ = ["METADATA"]

METADATA = SQLModel.metadata
