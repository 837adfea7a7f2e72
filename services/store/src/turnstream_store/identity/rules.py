"""Keys, sessions and tenants: each for its tenant, and each end for good."""

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.identity import (
    ApiKey,
    CreateKey,
    CreateSession,
    Session,
    TenantRecord,
    TenantSettings,
)
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.errors import NotFound

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.database.statements import Connection
from turnstream_store.identity import keys_sql, queries, sessions_sql
from turnstream_store.identity.tables import TenantRow


async def create_key(
    connection: Connection, tenant: str, command: CreateKey, actor: Actor
) -> ApiKey:
    """Keep a key. Raises `NotFound` for an id that is somebody else's."""
    key = _key(await keys_sql.create(connection, tenant, command), command.id)
    detail = {"scopes": sorted(key.scopes)}
    await audit.add(connection, AuditEvent(Action.KEY_CREATED, actor, tenant, None, key.id, detail))
    return key


async def list_keys(connection: Connection, tenant: str | None, limit: int) -> list[ApiKey]:
    """Keys of a tenant, or of all, newest first."""
    return [_key(row, row.id) for row in await keys_sql.newest(connection, tenant, limit)]


async def revoke_key(
    connection: Connection, tenant: str | None, key_id: str, actor: Actor
) -> ApiKey:
    """End a key, and the sessions that it made with it. Raises `NotFound`."""
    key = _key(await keys_sql.revoke(connection, tenant, key_id), key_id)
    await audit.add(connection, AuditEvent(Action.KEY_REVOKED, actor, key.tenant, target=key.id))
    return key


async def find_key(connection: Connection, digest: str) -> ApiKey:
    """The key of a secret. Raises `NotFound`."""
    return _key(await keys_sql.find(connection, digest), "with this secret")


async def create_session(connection: Connection, tenant: str, command: CreateSession) -> Session:
    """Begin a session. Raises `NotFound` for an id that is somebody else's."""
    return _session(await sessions_sql.create(connection, tenant, command), command.id)


async def show_session(connection: Connection, tenant: str, session_id: str) -> Session:
    """A session of the tenant's. Raises `NotFound`."""
    return _session(await sessions_sql.show(connection, tenant, session_id), session_id)


async def cancel_session(
    connection: Connection, tenant: str, session_id: str, actor: Actor
) -> Session:
    """End a session. Raises `NotFound`."""
    session = _session(await sessions_sql.cancel(connection, tenant, session_id), session_id)
    deed = AuditEvent(Action.SESSION_CANCELLED, actor, tenant, session.user, session.id)
    await audit.add(connection, deed)
    return session


async def find_session(connection: Connection, digest: str) -> Session:
    """The session of a client secret. Raises `NotFound`."""
    return _session(await sessions_sql.find(connection, digest), "with this secret")


async def list_tenants(session: AsyncSession, limit: int) -> list[TenantRecord]:
    """Tenants with settings of their own, by name."""
    return [_tenant(row) for row in await queries.tenants(session, limit)]


async def show_tenant(session: AsyncSession, name: str) -> TenantRecord:
    """A tenant, which may have nothing of its own."""
    row = await queries.tenant(session, name)
    return TenantRecord(id=name) if row is None else _tenant(row)


async def set_tenant(
    session: AsyncSession, name: str, settings: TenantSettings, actor: Actor
) -> TenantRecord:
    """Give a tenant these settings in place of all that it had."""
    await queries.set_tenant(session, name, settings.model_dump_json(exclude_none=True))
    detail = settings.model_dump(mode="json", exclude_none=True)
    await audit.add_within(session, AuditEvent(Action.TENANT_SET, actor, name, detail=detail))
    return await show_tenant(session, name)


def _key(row: keys_sql.KeyFields | None, name: str) -> ApiKey:
    if row is None:
        raise NotFound(f"There is no key {name}.")
    return ApiKey.model_validate(row._asdict())


def _session(row: sessions_sql.SessionFields | None, name: str) -> Session:
    if row is None:
        raise NotFound(f"There is no session {name}.")
    documents = {
        "workflow": orjson.loads(row.workflow),
        "configuration": orjson.loads(row.configuration),
    }
    return Session.model_validate({**row._asdict(), **documents})


def _tenant(row: TenantRow) -> TenantRecord:
    return TenantRecord(
        id=row.tenant,
        settings=TenantSettings.model_validate_json(row.settings),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
