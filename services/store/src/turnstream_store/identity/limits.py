"""What the users of a tenant may have: the deployment's limits, or its own in their place."""

import time
from collections.abc import Callable
from datetime import timedelta

from cachetools import TTLCache
from turnstream.contracts.identity import TenantSettings
from turnstream.process.single_flight import SingleFlight

from turnstream_store.database.pools import Database
from turnstream_store.identity import queries
from turnstream_store.settings import StoreSettings

FRESH = timedelta(seconds=5)
"""How long a tenant's limits are remembered: a change counts everywhere after that time."""
MOST_TENANTS = 10_000
"""Tenants that are remembered at a time, at some hundred bytes each."""
LIMITS = {
    "max_turns_per_user",
    "max_turns_per_session",
    "max_turns_per_tenant",
    "max_running_turns_per_user",
    "max_running_turns_per_session",
    "tenant_share",
    "max_queued_per_thread",
    "storage_per_user",
    "max_unsent_files",
    "user_daily_tokens",
    "user_daily_cost",
    "user_monthly_tokens",
    "user_monthly_cost",
    "tenant_monthly_tokens",
    "tenant_monthly_cost",
    "turn_max_tokens",
    "turn_max_cost",
    "turn_max_tool_calls",
    "turn_max_time",
}
"""Settings of the store that a tenant may have of its own."""


class TenantLimits:
    """The settings of the store as they are for each tenant.

    They are read with a connection of those that are set apart for cross-tenant access, once for
    all who ask meanwhile: a claim asks too, and must wait for no tenant's requests.
    """

    def __init__(
        self,
        database: Database,
        settings: StoreSettings,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._known: TTLCache[str, StoreSettings] = TTLCache(
            MOST_TENANTS, FRESH.total_seconds(), timer
        )
        self._reading = SingleFlight(self._read)

    async def of(self, tenant: str) -> StoreSettings:
        """The settings for a tenant, not older than `FRESH`."""
        known = self._known.get(tenant)
        return known if known is not None else await self._reading.get(tenant)

    async def _read(self, tenant: str) -> StoreSettings:
        async with self._database.all_tenants().session() as session:
            row = await queries.tenant(session, tenant)
        settings = self._settings
        if row is not None:
            own = TenantSettings.model_validate_json(row.settings)
            limits = own.model_dump(include=LIMITS, exclude_none=True)
            settings = settings.model_copy(update=limits)
        self._known[tenant] = settings
        return settings
