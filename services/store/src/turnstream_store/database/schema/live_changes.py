"""Changes of the schema beside services that go on reading and writing, for migrations.

Each is a transaction of its own and may be repeated: a migration that was interrupted begins again.
Call them in an `autocommit_block()`.
"""

import asyncpg
import sqlalchemy as sa
import stamina
from alembic import op
from sqlalchemy.exc import DBAPIError

LOCK_TIMEOUT = 0.5
"""Seconds that a change waits for the lock of a table, and everybody else behind it."""
PAUSE = 0.5
"""Seconds between two tries, in which those that waited go on."""
TRIES = 240


def with_brief_lock(statement: str) -> None:
    """Run a statement that locks a table for a moment, as soon as the lock is to be had.

    Raises when it never is, some minutes long: then something holds a transaction open.
    """
    connection = op.get_bind()
    retrying = stamina.RetryingCaller(
        attempts=TRIES, timeout=None, wait_initial=PAUSE, wait_max=PAUSE, wait_jitter=0
    ).on(_is_locked)
    connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}s'"))
    try:
        retrying(connection.execute, sa.text(statement))
    finally:
        connection.execute(sa.text("RESET lock_timeout"))


def add_index(
    table: str, name: str, columns: str, condition: str | None = None, *, unique: bool = False
) -> None:
    """Build an index while the table is written. What an interrupted build left is built anew."""
    if _is_broken(name):
        drop_index(table, name)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    only = f" WHERE {condition}" if condition else ""
    how = _beside_writes(table)
    _run(f"CREATE {kind} {how} IF NOT EXISTS {name} ON {table} ({columns}){only}", how)


def drop_index(table: str, name: str) -> None:
    """Drop an index while the table is read and written."""
    how = _beside_writes(table)
    _run(f"DROP INDEX {how} IF EXISTS {name}", how)


def _run(statement: str, how: str) -> None:
    if how:  # it waits for transactions, and nobody for it
        op.get_bind().execute(sa.text(statement))
    else:
        with_brief_lock(statement)


def _beside_writes(table: str) -> str:
    """How an index is built or dropped: an empty table needs no care, which takes time."""
    has_rows = op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table})"))  # noqa: S608
    return "CONCURRENTLY" if has_rows else ""


def _is_broken(name: str) -> bool:
    query = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"
    return bool(op.get_bind().scalar(sa.text(query), {"name": name}))


def _is_locked(error: Exception) -> bool:
    cause = error.orig and error.orig.__cause__ if isinstance(error, DBAPIError) else None
    return isinstance(cause, asyncpg.LockNotAvailableError)
