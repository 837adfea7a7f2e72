"""The tenant's own settings that each turn and short call passes to the assistant."""

import time
from collections.abc import Callable
from datetime import timedelta

from cachetools import TTLCache
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.turns import RequestContext
from turnstream.process.single_flight import SingleFlight
from turnstream.store_client.identity.tenants import Tenants
from turnstream.tracing.context import leave_trace

FRESH = timedelta(seconds=5)
"""How long the settings of a tenant are remembered: a change reaches every user after that time."""
MOST_TENANTS = 10_000
"""Tenants that are remembered at a time, at some hundred bytes each."""


class TenantChoices:
    """The assistant, the model and the model choices of each tenant."""

    def __init__(self, tenants: Tenants, timer: Callable[[], float] = time.monotonic) -> None:
        self._tenants = tenants
        self._known: TTLCache[str, TenantSettings] = TTLCache(
            MOST_TENANTS, FRESH.total_seconds(), timer
        )
        self._asking = SingleFlight(self._ask)

    async def with_settings(self, context: RequestContext) -> RequestContext:
        """The context with the tenant's settings; a session's workflow takes precedence.

        Raises what the store raises. The turn's record keeps the result: every attempt gets it.
        """
        settings = await self.settings_of(context.tenant)
        choices = settings.model_choices
        return context.model_copy(
            update={
                "workflow": context.workflow or settings.assistant,
                "model": settings.model,
                "model_choices": tuple(choices) if choices is not None else None,
            }
        )

    async def settings_of(self, tenant: str) -> TenantSettings:
        """A tenant's settings. Requests that come at the same time ask the store once."""
        known = self._known.get(tenant)
        return known if known is not None else await self._asking.get(tenant)

    async def _ask(self, tenant: str) -> TenantSettings:
        leave_trace()  # every request that comes meanwhile waits for it, not the first alone
        settings = self._known[tenant] = (await self._tenants.show(tenant)).settings
        return settings
