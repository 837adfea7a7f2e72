"""Tenants in memory."""

from turnstream.contracts.identity import TenantRecord, TenantSettings
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.store_client.identity.tenants import Tenants
from turnstream.testing.memory.state import State


class MemoryTenants(Tenants):
    """Tenants by name. A change counts at once."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        return [self._state.tenants[name] for name in sorted(self._state.tenants)][:limit]

    async def show(self, tenant: str) -> TenantRecord:
        return self._state.tenants.get(tenant) or TenantRecord(id=tenant)

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        now = self._state.now()
        known = self._state.tenants.get(tenant)
        created = known.created_at if known else now
        record = TenantRecord(id=tenant, settings=settings, created_at=created, updated_at=now)
        self._state.tenants[tenant] = record
        detail = settings.model_dump(mode="json", exclude_none=True)
        self._state.audit.tell(Action.TENANT_SET, actor, tenant, detail=detail)
        return record
