"""The Postgres schema that the tables are in."""

from collections.abc import Collection

import sqlalchemy as sa

from turnstream_store.settings import DEFAULT_SCHEMA

_EARLIER = ("alembic_version", "threads", "turns", "journal")
"""Tables of every version that made them in `public`."""


def home(connection: sa.Connection, schema: str, known: Collection[str]) -> str | None:
    """Where the tables are: the schema of the settings, or `public` where an earlier version made
    them in it; None if there are none yet. `known` are the revisions of this release.
    """
    if _exists(connection, f"{schema}.alembic_version"):
        return schema
    if schema == DEFAULT_SCHEMA and _has_earlier_tables(connection, known):
        return "public"
    return None


def revision_in(connection: sa.Connection, schema: str) -> str | None:
    """The revision of the tables in a schema; None before the first migration."""
    versions = sa.table("alembic_version", schema=schema)  # Alembic's own, which has no row class
    return connection.scalar(sa.select(sa.column("version_num", sa.Text)).select_from(versions))


def _has_earlier_tables(connection: sa.Connection, known: Collection[str]) -> bool:
    """True if `public` has our tables. An app's own Alembic may have its version table there."""
    there = all(_exists(connection, f"public.{name}") for name in _EARLIER)
    return there and revision_in(connection, "public") in known


def _exists(connection: sa.Connection, table: str) -> bool:
    return bool(connection.scalar(sa.select(sa.func.to_regclass(table).is_not(None))))
