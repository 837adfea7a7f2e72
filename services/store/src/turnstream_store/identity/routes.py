"""Keys, sessions and tenants over HTTP.

Secrets do not come here: a gateway asks by the digest of what it was shown.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.identity import (
    ApiKey,
    CreateKey,
    CreateSession,
    Session,
    TenantRecord,
    TenantSettings,
)

from turnstream_store import dependencies as needs
from turnstream_store.announcements import SecretEnded
from turnstream_store.identity import keys_sql, rules

router = APIRouter(tags=["identity"])

Limit = Annotated[int, Query(ge=1, le=1000)]


@router.post("/keys", tags=["operator"])
async def create_key(
    command: CreateKey,
    tenant: needs.Tenant,
    connection: needs.Transaction,
    actor: needs.CurrentActor,
) -> ApiKey:
    """Keep a server key of the tenant's."""
    return await rules.create_key(connection, tenant, command, actor)


@router.get("/keys", tags=["operator"])
async def list_keys(
    tenant: needs.AnyTenant, connection: needs.ReachedTransaction, limit: Limit = 100
) -> list[ApiKey]:
    """Keys of the tenant's, newest first; without a tenant, of all."""
    return await rules.list_keys(connection, tenant, limit)


@router.post("/keys/{key_id}/revoke", tags=["operator"])
async def revoke_key(
    key_id: str,
    tenant: needs.AnyTenant,
    connection: needs.ReachedTransaction,
    actor: needs.CurrentActor,
    announce: needs.Announce,
) -> ApiKey:
    """End a key; without a tenant, of any."""
    key = await rules.revoke_key(connection, tenant, key_id, actor)
    announce([SecretEnded(key.id)])
    return key


@router.get("/known-keys/{digest}")
async def find_key(digest: str, connection: needs.AllTenantsConnection) -> ApiKey:
    """The key of a secret."""
    return await rules.find_key(connection, digest)


@router.post("/revoked")
async def revoked(ids: list[str], connection: needs.AllTenantsConnection) -> list[str]:
    """Those of these keys and sessions that must not be used any more."""
    return await keys_sql.ended(connection, ids)


@router.post("/sessions")
async def create_session(
    command: CreateSession, tenant: needs.Tenant, connection: needs.Connection
) -> Session:
    """Begin a session of a user of the tenant's."""
    return await rules.create_session(connection, tenant, command)


@router.get("/sessions/{session_id}")
async def show_session(
    session_id: str, tenant: needs.Tenant, connection: needs.Connection
) -> Session:
    """A session of the tenant's."""
    return await rules.show_session(connection, tenant, session_id)


@router.post("/sessions/{session_id}/cancel")
async def cancel_session(
    session_id: str,
    tenant: needs.Tenant,
    connection: needs.Transaction,
    actor: needs.CurrentActor,
    announce: needs.Announce,
) -> Session:
    """End a session of the tenant's."""
    session = await rules.cancel_session(connection, tenant, session_id, actor)
    announce([SecretEnded(session.id)])
    return session


@router.get("/known-sessions/{digest}")
async def find_session(digest: str, connection: needs.AllTenantsConnection) -> Session:
    """The session of a client secret."""
    return await rules.find_session(connection, digest)


@router.get("/tenants", tags=["operator"])
async def list_tenants(session: needs.AllTenantsSession, limit: Limit = 1000) -> list[TenantRecord]:
    """Tenants with settings of their own, by name."""
    return await rules.list_tenants(session, limit)


@router.get("/tenant", tags=["operator"])
async def show_tenant(tenant: needs.Tenant, session: needs.Session) -> TenantRecord:
    """What a tenant has of its own."""
    return await rules.show_tenant(session, tenant)


@router.put("/tenant", tags=["operator"])
async def set_tenant(
    settings: TenantSettings,
    tenant: needs.Tenant,
    session: needs.Session,
    actor: needs.CurrentActor,
) -> TenantRecord:
    """Give a tenant these settings in place of all that it had."""
    return await rules.set_tenant(session, tenant, settings, actor)
