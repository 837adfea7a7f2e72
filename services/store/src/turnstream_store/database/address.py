"""Where the database is, as SQLAlchemy and asyncpg want to be told."""

from typing import Any
from urllib.parse import urlencode

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

_OF_LIBPQ = frozenset(
    {
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslpassword",
        "sslcrl",
        "sslnegotiation",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "passfile",
        "target_session_attrs",
    }
)
"""Parameters of a URL that Postgres' own programs know. asyncpg reads them in its URL alone, while
SQLAlchemy hands every parameter over as an argument."""

_EACH_HOST = 2.0
"""Seconds for a connection to one of several hosts."""
_good: set[tuple[str, int]] = set()
"""The host that could be written to last, of those that were named together."""


def address(url: str) -> tuple[URL, dict[str, Any]]:
    """A URL for SQLAlchemy, and arguments for asyncpg's `connect`: what Postgres' own programs
    would read in the URL, such as `sslmode=verify-full` and `sslrootcert=/path/ca.pem`.
    """
    whole = make_url(url)
    known = {name: value for name, value in whole.query.items() if name in _OF_LIBPQ}
    if isinstance(whole.query.get("host"), tuple):  # a standby takes connections too
        known.setdefault("target_session_attrs", "read-write")
    if not known:
        return whole, {}
    dsn = f"postgresql://?{urlencode(known, doseq=True)}"
    return whole.difference_update_query(known), {"dsn": dsn}


def arguments(url: URL) -> dict[str, Any]:
    """Arguments for asyncpg's `connect` that SQLAlchemy reads in a URL: several hosts are lists."""
    dialect: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types
    return dict(dialect.create_connect_args(url)[1])


async def connect(*positional: Any, **options: Any) -> Any:  # asyncpg has no types
    """asyncpg's `connect`, which gives each of several hosts a time of its own.

    A machine that is gone does not refuse: asyncpg would wait for it until its time is over, and
    not come to the next one. The host that was good last is tried first. Raises `ConnectionError`
    when none of them answers as it must.
    """
    hosts, ports = options.get("host"), options.get("port")
    if not isinstance(hosts, list) or not isinstance(ports, list):
        try:
            return await asyncpg.connect(*positional, **options)
        except asyncpg.TargetServerAttributeNotMatched as error:
            raise ConnectionError("the host cannot be written to") from error
    endpoints = sorted(zip(hosts, ports, strict=True), key=lambda endpoint: endpoint not in _good)
    failed: Exception | None = None
    for endpoint in endpoints:
        own = {"host": endpoint[0], "port": endpoint[1], "timeout": _EACH_HOST}
        try:
            connection = await asyncpg.connect(*positional, **options | own)
        except (OSError, asyncpg.InternalClientError, asyncpg.CannotConnectNowError) as error:
            _good.discard(endpoint)
            failed = error
        else:
            _good.clear()
            _good.add(endpoint)
            return connection
    raise ConnectionError("none of the hosts can be written to") from failed
