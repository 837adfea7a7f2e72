"""Tenants and what each has of its own."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.identity import TenantRecord, TenantSettings
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Tenant
from turnstream.store_client.http.transport import CallIdentity, Transport

_TENANTS = TypeAdapter(list[TenantRecord])


class Tenants(Protocol):
    """Tenants. One that was never set exists as well: it has the deployment's settings."""

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        """Those that were set, by name."""
        ...

    async def show(self, tenant: str) -> TenantRecord:
        """What a tenant has of its own."""
        ...

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        """Give a tenant these settings in place of all that it had.

        Services that remember the earlier ones use them for a few seconds more.
        """
        ...


class HttpTenants(Tenants):
    """Tenants over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        return _TENANTS.validate_json(await self._send("GET", "/tenants", params={"limit": limit}))

    async def show(self, tenant: str) -> TenantRecord:
        answer = await self._send("GET", "/tenant", owner=Tenant(tenant))
        return TenantRecord.model_validate_json(answer)

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        answer = await self._send(
            "PUT", "/tenant", settings, owner=CallIdentity(Tenant(tenant), actor)
        )
        return TenantRecord.model_validate_json(answer)
