"""What waits and runs, counted now and then: for the limits of tenants, and for operators."""

from typing import NamedTuple

from turnstream.errors import TooManyTurnsOfTenant
from turnstream.metrics import tenants

from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Statement
from turnstream_store.turns import metrics

MANY = 10_000
"""Turns from which on they are counted more seldom, because that takes the database a while."""
SELDOM = 5
"""Then every so many sweeps."""
RETRY_AFTER = 10.0
"""Seconds after which a tenant with too many turns may try again."""

_MOST_DEAD = 10_000
"""Dead letters that are counted at most: that there are more changes nothing."""


class TenantCount(NamedTuple):
    """The active turns of a tenant."""

    tenant: str
    queued: int
    held_back: int
    running: int
    oldest: float | None
    """Seconds that the oldest of the queued ones could have run."""


_COUNT = Statement(
    """
    SELECT tenant,
           count(*) FILTER (WHERE status = 'queued' AND NOT held_back) AS queued,
           count(*) FILTER (WHERE status = 'queued' AND held_back) AS held_back,
           count(*) FILTER (WHERE status = 'running') AS running,
           (extract(epoch FROM now() - min(not_before) FILTER (
               WHERE status = 'queued' AND NOT held_back AND cancel IS NULL AND not_before <= now()
           )))::float8 AS oldest
    FROM turns WHERE status IN ('queued', 'running') GROUP BY tenant
    """,
    TenantCount,
)


class DeadLetters(NamedTuple):
    """How many turns are dead letters."""

    turns: int


_DEAD = Statement(
    f"SELECT count(*) AS turns FROM (SELECT FROM turns WHERE dead LIMIT {_MOST_DEAD}) AS letters",  # noqa: S608 - a constant of this file alone
    DeadLetters,
)


class BacklogCounts:
    """The newest counts of this store, which its sweeper keeps up to date."""

    def __init__(self) -> None:
        self._of_tenants: dict[str, TenantCount] = {}
        self._rests = 0

    def check_room(self, tenant: str, limit: int) -> None:
        """Raise `TooManyTurnsOfTenant` for a tenant that had so many turns when last counted."""
        count = self._of_tenants.get(tenant)
        if count is not None and count.queued + count.held_back + count.running >= limit:
            raise TooManyTurnsOfTenant(
                f"At most {limit} turns of a tenant at a time.", retry_after=RETRY_AFTER
            )

    async def refresh(self, database: Database) -> None:
        """Count anew. While there is much to count only every few calls do so."""
        if self._rests:
            self._rests -= 1
            return
        async with database.all_tenants().connection() as connection:
            counts = await _COUNT.all(connection)
            dead = await _DEAD.one(connection)
        self._of_tenants = {count.tenant: count for count in counts}
        for label in tenants.values:
            _show(label, [count for count in counts if tenants.of(count.tenant) == label])
        metrics.DEAD_LETTERS.set(dead.turns if dead else 0)
        many = sum(count.queued + count.held_back + count.running for count in counts) > MANY
        self._rests = SELDOM - 1 if many else 0


def _show(label: str, counts: list[TenantCount]) -> None:
    """Tell Prometheus of the tenants behind one label."""
    metrics.BACKLOG.labels(label, "queued").set(sum(count.queued for count in counts))
    metrics.BACKLOG.labels(label, "held_back").set(sum(count.held_back for count in counts))
    metrics.BACKLOG.labels(label, "running").set(sum(count.running for count in counts))
    oldest = max((count.oldest or 0.0 for count in counts), default=0.0)
    metrics.OLDEST.labels(label).set(oldest)
