"""The duties of the store, and how they are shared out.

What moves turns on, or makes room for them, has a sweeper for each duty: nothing else that goes
on, or fails, delays a takeover. Deletions share one sweeper. It does a batch of each in turn, so
that no kind waits for the end of another, and a large deletion takes no more than one connection.
Erasures have their own: their second pass lasts.
"""

from datetime import timedelta

from turnstream_store.audit.retention import purge_audit
from turnstream_store.erasure.duties import ErasureResumer
from turnstream_store.files.retention import delete_orphans
from turnstream_store.guide_data.retention import purge_discarded_facts, purge_emails
from turnstream_store.identity.retention import purge_sessions
from turnstream_store.operations.retention import forget_workers
from turnstream_store.redis_memory.logs import LogEvictor
from turnstream_store.redis_memory.streams import trim_streams
from turnstream_store.schedules.duties import ScheduleRunner
from turnstream_store.schedules.retention import purge_occurrences
from turnstream_store.sweeper import Duty, Sweeper, SweeperServices
from turnstream_store.threads.retention import UnusedThreadDeleter
from turnstream_store.turns import duties as turns
from turnstream_store.turns import takeover
from turnstream_store.turns.retention import forget_journals, purge_turns
from turnstream_store.usage.retention import purge_budgets, purge_usage
from turnstream_store.webhooks.retention import purge_deliveries

QUICK_TIMEOUT = timedelta(seconds=10)
"""How long a batch may last that moves turns on: less than a lease, so that it never adds one."""
SLOW_TIMEOUT = timedelta(seconds=30)
"""How long a batch of deletions may last: twice what Postgres gives one statement."""
ERASING_TIMEOUT = timedelta(minutes=15)
"""How long a store may work on erasures at a time: a second pass reads whole tables. What is done
by then is done, and the next sweep goes on."""
SWEEPS_BETWEEN_PURGES = 300
"""What is old is looked for once in so many sweeps: every 10 minutes at the default."""
SWEEPS_BETWEEN_TRIMS = 10
"""What readers left in Redis is little, and is looked for every 20 seconds at the default."""


def sweepers(services: SweeperServices) -> list[Sweeper]:
    """All sweepers of a store."""
    often = services.settings.sweep_interval
    rarely = often * SWEEPS_BETWEEN_PURGES
    quick = (
        Duty("requeue_expired", often, takeover.requeue_expired),
        Duty("stop_disconnected", often, turns.DisconnectedTurnCanceller()),
        Duty("close_abandoned", often, takeover.AbandonedTurnCloser()),
        Duty("promote_held_turns", often, turns.HeldTurnPromoter()),
        Duty("republish", often, turns.republish),
        Duty("count_backlog", often, turns.count_backlog),
        Duty("make_room", often, LogEvictor()),
        Duty("run_schedules", often, ScheduleRunner()),
        Duty("trim_streams", often * SWEEPS_BETWEEN_TRIMS, trim_streams),
    )
    slow = (
        Duty("delete_orphans", often, delete_orphans),
        Duty("delete_unused_threads", rarely, UnusedThreadDeleter()),
        Duty("purge_turns", rarely, purge_turns),
        Duty("forget_journals", rarely, forget_journals),
        Duty("purge_emails", rarely, purge_emails),
        Duty("purge_discarded_facts", rarely, purge_discarded_facts),
        Duty("purge_sessions", rarely, purge_sessions),
        Duty("purge_usage", rarely, purge_usage),
        Duty("purge_budgets", rarely, purge_budgets),
        Duty("purge_audit", rarely, purge_audit),
        Duty("forget_workers", rarely, forget_workers),
        Duty("purge_deliveries", rarely, purge_deliveries),
        Duty("purge_occurrences", rarely, purge_occurrences),
    )
    erasing = Duty("erase_users", often, ErasureResumer())
    return [
        *(Sweeper(services, [duty], QUICK_TIMEOUT) for duty in quick),
        Sweeper(services, slow, SLOW_TIMEOUT),
        Sweeper(services, [erasing], ERASING_TIMEOUT),
    ]
