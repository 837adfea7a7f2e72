"""What may fail in Postgres, by the names that callers know."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from turnstream.errors import BadRequest, Unavailable, UserBeingErased

_NO_ANSWER = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    OperationalError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used while it still reads the last words of a dying server
)
_FAILURES = (*_NO_ANSWER, DBAPIError, asyncpg.PostgresError)

ERASED_STATE = "TS001"
"""What the trigger `not_while_erased` raises."""

LEAVES_WORK = (asyncio.CancelledError, *_NO_ANSWER)
"""After these a statement may still run in its connection, which must not be used again."""


class WriteConflict(Unavailable):
    """Another request wrote first what this one was about to write: a unique or foreign key refused
    it. A second try finds what the other request wrote.
    """


@contextmanager
def named_failures() -> Iterator[None]:
    """Raise the failures of both drivers by name, and everything else as it is.

    A database that is not there, shuts down, or gives up waiting becomes `Unavailable`, a row that
    exists already `WriteConflict`, and text that no column or index can hold `BadRequest`.
    """
    try:
        yield
    except _FAILURES as error:
        named = _named(error)
        if named is None:
            raise
        raise named from error


def _named(error: BaseException) -> Exception | None:
    """Our name for one of `_FAILURES`, by SQLSTATE; None for one that is a mistake of ours.

    A second try may help after 08 connection, 40 serialization and deadlock, 53 resources,
    55P03 lock timeout, 57 shutdown and cancel.
    """
    if isinstance(error, _NO_ANSWER):
        return Unavailable("The database does not answer.")
    state = _sqlstate(error)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state[:2] in {"08", "40", "53", "57"} or state == "55P03":
        return Unavailable("The database does not answer.")
    if state == ERASED_STATE:
        return UserBeingErased()
    if state in {"23503", "23505"}:
        return WriteConflict("The same is being written at this moment.")
    if state.startswith("22") or state == "54000":  # 54000: too long for an index
        return BadRequest("The request holds text that cannot be stored.")
    return None


def _sqlstate(error: BaseException) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or "")
