"""What the store counts of turns, by the clock of the database alone.

Prometheus adds up what several stores counted. Gauges tell what the database holds, and are the
same in each.
"""

from datetime import timedelta

from prometheus_client import Counter, Gauge, Histogram
from turnstream.contracts.turns import TurnEnd
from turnstream.metrics import BoundedLabel, tenants

ACCEPTED = Counter("turnstream_turns_accepted_total", "Turns that were accepted.", ["tenant"])
ENDED = Counter(
    "turnstream_turns_ended_total",
    "Turns that ended: completed, failed or cancelled.",
    ["tenant", "status"],
)
FAILED = Counter("turnstream_turns_failed_total", "Turns that failed, by code.", ["code"])
DEAD = Counter(
    "turnstream_dead_letters_total", "Turns that became dead letters, by code.", ["code"]
)
DEAD_LETTERS = Gauge("turnstream_dead_letters_waiting", "Dead letters that wait for an operator.")
WAIT = Histogram(
    "turnstream_queue_wait_seconds",
    "How long a turn could have run before a worker claimed it.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
EXPIRED = Counter(
    "turnstream_leases_expired_total", "Attempts whose worker died, or renewed no lease in time."
)
RECOVERY = Histogram(
    "turnstream_recovery_seconds",
    "From the last sign of life of a turn's worker until another one claimed the turn.",
    buckets=(1, 2.5, 5, 7.5, 10, 12.5, 15, 17.5, 20, 25, 30, 60, 120, 300),
)
BACKLOG = Gauge(
    "turnstream_backlog_turns",
    "Turns in the database: queued (for a worker), held_back (by turns of their user), running.",
    ["tenant", "state"],
)
OLDEST = Gauge(
    "turnstream_oldest_runnable_turn_seconds",
    "How long the turn waits for a worker that waits longest.",
    ["tenant"],
)

_codes = BoundedLabel()


def accepted(tenant: str) -> None:
    """Count a new turn."""
    ACCEPTED.labels(tenants.of(tenant)).inc()


def ended(tenant: str, end: TurnEnd) -> None:
    """Count the end of a turn."""
    ENDED.labels(tenants.of(tenant), end.status.value).inc()
    if end.error is None:
        return
    code = _codes.of(end.error.code)
    FAILED.labels(code).inc()
    if end.dead:
        DEAD.labels(code).inc()


def claimed(waited: float, overdue: float | None, lease: timedelta) -> None:
    """Note a claim. `overdue` are the seconds since the lease of the attempt before it ran out, of
    which nobody said that it had ended. A lease begins with its worker's last sign of life.
    """
    WAIT.observe(max(waited, 0.0))
    if overdue is not None:
        RECOVERY.observe(overdue + lease.total_seconds())
