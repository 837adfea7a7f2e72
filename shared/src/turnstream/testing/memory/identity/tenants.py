"""Tenants in memory."""

from turnstream.contracts.identity import TenantRecord, TenantSettings
from turnstream.contracts.operating.privacy import Actor
from turnstream.store_client.identity.tenants import Tenants
from turnstream.testing.memory.state import State


class MemoryTenants(Tenants):
    """Tenants by name."""

    def __init__(self, state: State) -> None:
        self._now = state.now
        self._tenants: dict[str, TenantRecord] = {}

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        return [self._tenants[name] for name in sorted(self._tenants)][:limit]

    async def show(self, tenant: str) -> TenantRecord:
        return self._tenants.get(tenant) or TenantRecord(id=tenant)

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        now = self._now()
        known = self._tenants.get(tenant)
        created = known.created_at if known else now
        record = TenantRecord(id=tenant, settings=settings, created_at=created, updated_at=now)
        self._tenants[tenant] = record
        return record
