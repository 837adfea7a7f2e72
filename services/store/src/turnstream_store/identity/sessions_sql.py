"""The statements on sessions: raw SQL, for gateways ask them every second.

How a session stands is told by the clock of the database.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime, timedelta
from typing import NamedTuple

from turnstream.contracts.identity import CreateSession
from turnstream.contracts.text import dump_model

from turnstream_store.database.statements import Connection, Statement


class SessionFields(NamedTuple):
    """A session; the fields are those of `Session`, with JSON as text."""

    id: str
    tenant: str
    user: str
    status: str
    workflow: str
    created_at: datetime
    expires_at: datetime
    requests_per_minute: int
    configuration: str
    key_id: str | None
    expires_in: float


_COLUMNS = """
    id, tenant, owner AS "user",
    CASE
        WHEN cancelled_at IS NOT NULL OR EXISTS (
            SELECT FROM api_keys
            WHERE api_keys.id = sessions.key_id AND api_keys.revoked_at IS NOT NULL
        ) THEN 'cancelled'
        WHEN expires_at <= now() THEN 'expired'
        ELSE 'active'
    END AS status,
    workflow, created_at, expires_at, requests_per_minute, configuration, key_id,
    extract(epoch FROM expires_at - now())::float8 AS expires_in
"""
"""A session ends with the key that made it."""

_CREATE = Statement(
    f"""
    INSERT INTO sessions (
        tenant, id, digest, owner, workflow, configuration, requests_per_minute, key_id, expires_at
    )
    VALUES ($1, $2, $3, $4, $5::json, $6::json, $7, $8, now() + $9::interval)
    ON CONFLICT (id) DO NOTHING
    RETURNING {_COLUMNS}
    """,
    SessionFields,
)

_REPEATED = Statement(
    f"SELECT {_COLUMNS} FROM sessions WHERE tenant = $1 AND id = $2 AND digest = $3", SessionFields
)

_SHOW = Statement(f"SELECT {_COLUMNS} FROM sessions WHERE tenant = $1 AND id = $2", SessionFields)

_CANCEL = Statement(
    f"""
    UPDATE sessions SET cancelled_at = coalesce(cancelled_at, now())
    WHERE tenant = $1 AND id = $2
    RETURNING {_COLUMNS}
    """,
    SessionFields,
)

_FIND = Statement(f"SELECT {_COLUMNS} FROM sessions WHERE digest = $1", SessionFields)


async def create(
    connection: Connection, tenant: str, command: CreateSession
) -> SessionFields | None:
    """Begin a session, once for its id; None if the id has another digest or tenant."""
    values = (tenant, command.id, command.digest)
    made = await _CREATE.one(
        connection,
        *values,
        command.user,
        dump_model(command.workflow).decode(),
        dump_model(command.configuration).decode(),
        command.requests_per_minute,
        command.key_id,
        timedelta(seconds=command.expires_after),
    )
    return made or await _REPEATED.one(connection, *values)


async def show(connection: Connection, tenant: str, session_id: str) -> SessionFields | None:
    """A session of the tenant's."""
    return await _SHOW.one(connection, tenant, session_id)


async def cancel(connection: Connection, tenant: str, session_id: str) -> SessionFields | None:
    """End a session of the tenant's. The first end stays."""
    return await _CANCEL.one(connection, tenant, session_id)


async def find(connection: Connection, digest: str) -> SessionFields | None:
    """The session of a client secret, of whatever tenant and in whatever state."""
    return await _FIND.one(connection, digest)
