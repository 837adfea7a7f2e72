"""The statements on server keys: raw SQL, for gateways ask them every second.

How a key stands is told by the clock of the database.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from datetime import datetime
from typing import NamedTuple

from turnstream.contracts.identity import CreateKey

from turnstream_store.database.statements import Connection, Statement


class KeyFields(NamedTuple):
    """A server key; the fields are those of `ApiKey`."""

    id: str
    tenant: str
    scopes: list[str]
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_in: float | None


class EndedSecret(NamedTuple):
    """A key or a session that must not be used any more."""

    id: str


_COLUMNS = """
    id, tenant, scopes, name, created_at, expires_at, last_used_at, revoked_at,
    extract(epoch FROM expires_at - now())::float8 AS expires_in
"""

_CREATE = Statement(
    f"""
    INSERT INTO api_keys (tenant, id, digest, scopes, name, expires_at)
    VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
    ON CONFLICT (id) DO NOTHING
    RETURNING {_COLUMNS}
    """,
    KeyFields,
)

_REPEATED = Statement(
    f"SELECT {_COLUMNS} FROM api_keys WHERE tenant = $1 AND id = $2 AND digest = $3", KeyFields
)

_NEWEST = Statement(
    f"""
    SELECT {_COLUMNS} FROM api_keys WHERE tenant = $1 OR $1::text IS NULL
    ORDER BY created_at DESC, id DESC LIMIT $2
    """,
    KeyFields,
)

_REVOKE = Statement(
    f"""
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())
    WHERE id = $2 AND (tenant = $1 OR $1::text IS NULL)
    RETURNING {_COLUMNS}
    """,
    KeyFields,
)

_FIND = Statement(
    f"""
    WITH used AS (
        UPDATE api_keys SET last_used_at = now()
        WHERE digest = $1 AND revoked_at IS NULL AND (expires_at > now() OR expires_at IS NULL)
          AND (last_used_at < now() - interval '1 minute' OR last_used_at IS NULL)
    )
    SELECT {_COLUMNS} FROM api_keys WHERE digest = $1
    """,
    KeyFields,
)
"""A key that is used all the time is written once a minute, not with every request."""

_ENDED = Statement(
    """
    SELECT asked.id FROM unnest($1::text[]) AS asked (id)
    WHERE NOT EXISTS (
        SELECT FROM sessions LEFT JOIN api_keys AS maker ON maker.id = sessions.key_id
        WHERE sessions.id = asked.id
          AND sessions.cancelled_at IS NULL AND maker.revoked_at IS NULL
    ) AND NOT EXISTS (
        SELECT FROM api_keys WHERE api_keys.id = asked.id AND api_keys.revoked_at IS NULL
    )
    """,
    EndedSecret,
)


async def create(connection: Connection, tenant: str, command: CreateKey) -> KeyFields | None:
    """Keep a key, once for its id; None if the id has another digest or tenant."""
    values = (tenant, command.id, command.digest)
    scopes = sorted(command.scopes)
    made = await _CREATE.one(connection, *values, scopes, command.name, command.expires_after)
    return made or await _REPEATED.one(connection, *values)


async def newest(connection: Connection, tenant: str | None, limit: int) -> list[KeyFields]:
    """Keys of a tenant, or of all, newest first."""
    return await _NEWEST.all(connection, tenant, limit)


async def revoke(connection: Connection, tenant: str | None, key_id: str) -> KeyFields | None:
    """End a key of a tenant, or of any. The first end stays."""
    return await _REVOKE.one(connection, tenant, key_id)


async def find(connection: Connection, digest: str) -> KeyFields | None:
    """The key of a secret, of whatever tenant and in whatever state."""
    return await _FIND.one(connection, digest)


async def ended(connection: Connection, ids: list[str]) -> list[str]:
    """Those that were revoked or cancelled, that a revoked key made, or that are not there."""
    return [row.id for row in await _ENDED.all(connection, ids)]
