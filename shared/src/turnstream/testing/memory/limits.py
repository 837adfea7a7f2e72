"""What a `MemoryStore` takes: the settings of the store, and what a tenant has of its own."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta

from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.turns import JournalRetention


@dataclass(frozen=True)
class Limits:
    """The settings of the store that bound what it accepts, with its names and defaults. None is no
    limit.
    """

    max_attempts: int = 3
    max_turns_per_user: int = 1000
    max_turns_per_session: int = 100
    max_turns_per_tenant: int = 100_000
    max_running_turns_per_user: int = 16
    max_running_turns_per_session: int = 8
    tenant_share: int = 1
    max_queued_per_thread: int = 20
    max_threads_per_user: int = 10_000
    max_items_per_thread: int = 10_000
    disconnect_grace: timedelta = timedelta(seconds=3)
    storage_per_user: int = 1024 * 1024 * 1024
    max_unsent_files: int = 50
    user_daily_tokens: int | None = None
    user_daily_cost: float | None = None
    user_monthly_tokens: int | None = None
    user_monthly_cost: float | None = None
    tenant_monthly_tokens: int | None = None
    tenant_monthly_cost: float | None = None
    turn_max_tokens: int | None = None
    turn_max_cost: float | None = None
    turn_max_tool_calls: int | None = None
    turn_max_time: timedelta | None = None
    webhook_allow_http: bool = False
    max_webhooks_per_tenant: int = 10
    max_schedules_per_user: int = 20
    max_schedules_per_tenant: int = 1000
    schedule_min_interval: timedelta = timedelta(minutes=5)
    keep_journals: JournalRetention = JournalRetention.FAILED
    """The ended turns whose journal is kept, here for ever."""

    def of_tenant(self, own: TenantSettings) -> "Limits":
        """The limits of a tenant's users: these, or its own in their place."""
        given = own.model_dump(exclude_none=True)
        return replace(self, **{name: given[name] for name in _NAMES & given.keys()})


_NAMES = {each.name for each in fields(Limits)}
