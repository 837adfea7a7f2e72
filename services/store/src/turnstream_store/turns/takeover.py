"""What becomes of a turn whose worker is gone: another attempt, or its end when it had enough.

The sweeper finds it by its lease. The worker that claims it next goes on from its journal and log.
"""

import orjson
from redis.exceptions import RedisError
from turnstream.contracts.turns import TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import EventLog
from turnstream.telemetry import get_logger
from turnstream.tracing.attempts import tell_closed_turn, tell_lost_attempt
from turnstream.tracing.context import Facts, facts_of
from turnstream.transcript import Transcript

from turnstream_store.announcements import JobReady
from turnstream_store.database.due import is_due
from turnstream_store.database.owners import owner_of_row
from turnstream_store.sweeper import BATCH, Cursor, SweeperServices, set_apart
from turnstream_store.turns import all_tenants_queries as cross_tenant
from turnstream_store.turns import due_sql, metrics
from turnstream_store.turns.closing import close_abandoned
from turnstream_store.turns.tables import TurnRow

log = get_logger(__name__)


async def requeue_expired(services: SweeperServices) -> bool:
    """Give turns whose worker is gone to another."""
    if not await is_due(services.database, due_sql.EXPIRED):
        return False
    async with services.database.all_tenants().session() as session:
        rows = await cross_tenant.expire(session, BATCH)
    metrics.EXPIRED.inc(len(rows))
    for row in rows:
        known = {"blocked": row.blocked} if row.blocked else {}
        log.warning(
            "lease expired", turn_id=row.id, attempt=row.attempt, failures=row.failures, **known
        )
        tell_lost_attempt(_facts(row), _accepted_with(row), row.accepted_at)
    runnable = [row for row in rows if row.failures < services.settings.max_attempts]
    jobs = [JobReady(row.id, row.tenant) for row in runnable if not row.cancel]
    await services.announcer.publish(jobs)
    return len(rows) == BATCH


class AbandonedTurnCloser:
    """Ends turns that no worker may run any more: out of attempts, or cancelled in between.

    One that cannot be closed is found again.
    """

    def __init__(self, batch: int = BATCH) -> None:
        self._page = Cursor[str](batch)

    async def __call__(self, services: SweeperServices) -> bool:
        """End some turns."""
        if not await is_due(services.database, due_sql.TO_CLOSE):
            return self._page.more(0)
        most = services.settings.max_attempts
        async with services.database.all_tenants().session() as session:
            rows = await cross_tenant.abandoned(
                session, most, self._page.after or "", self._page.size
            )
        for row in rows:
            self._page.after = row.id
            with set_apart("close_abandoned", turn_id=row.id):
                await _close(services, row)
        return self._page.more(len(rows))


async def _close(services: SweeperServices, row: TurnRow) -> None:
    owner, seen = owner_of_row(row), await _transcript(services.event_log, row.id)
    async with services.database.of(owner.tenant).session() as session:
        announcements = await close_abandoned(session, owner, row.id, row.attempt, seen)
    log.warning("turn closed", turn_id=row.id, cancelled=row.cancel, failures=row.failures)
    status = TurnStatus.CANCELLED if row.cancel else TurnStatus.FAILED
    tell_closed_turn(_facts(row), _accepted_with(row), status)
    await services.announcer.publish(announcements)


def _facts(row: TurnRow) -> Facts:
    return facts_of(tenant=row.tenant, thread_id=row.thread_id, turn_id=row.id, attempt=row.attempt)


def _accepted_with(row: TurnRow) -> str | None:
    """The trace in which a turn was accepted."""
    header: str | None = orjson.loads(row.context).get("traceparent")
    return header


async def _transcript(event_log: EventLog, turn_id: str) -> Transcript:
    """What viewers hold; nothing when Redis is away, for then they start over."""
    try:
        entries = await event_log.read_all(turn_id)
    except (RedisError, OSError):
        return Transcript()
    return Transcript.of(event for entry in entries for event in sse.events_in(entry.frames))
