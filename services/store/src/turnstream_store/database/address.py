"""Where the database is, as SQLAlchemy and asyncpg want to be told."""

from typing import Any
from urllib.parse import urlencode

from sqlalchemy import URL, make_url

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


def address(url: str) -> tuple[URL, dict[str, Any]]:
    """A URL for SQLAlchemy, and arguments for asyncpg's `connect`: what Postgres' own programs
    would read in the URL, such as `sslmode=verify-full` and `sslrootcert=/path/ca.pem`.
    """
    whole = make_url(url)
    known = {name: value for name, value in whole.query.items() if name in _OF_LIBPQ}
    if not known:
        return whole, {}
    dsn = f"postgresql://?{urlencode(known, doseq=True)}"
    return whole.difference_update_query(known), {"dsn": dsn}
