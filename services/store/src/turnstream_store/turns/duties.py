"""What the sweeper does for turns that no message reached, or whose time has passed. Those whose
worker is gone are in `takeover`.
"""

from datetime import timedelta

import orjson
from redis.exceptions import RedisError
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason
from turnstream.redis.log_servers import LogServers
from turnstream.telemetry import get_logger

from turnstream_store.announcements import Announcement, JobReady, TurnOpened, opening_frames
from turnstream_store.database.due import is_due
from turnstream_store.database.owners import owner_of_row
from turnstream_store.sweeper import BATCH, Cursor, SweeperServices, set_apart
from turnstream_store.turns import all_tenants_queries as cross_tenant
from turnstream_store.turns import due_sql
from turnstream_store.turns import queries as turns
from turnstream_store.turns.all_tenants_queries import LostClient
from turnstream_store.turns.cancellation import cancel_turn
from turnstream_store.turns.waiting import rounds_sql
from turnstream_store.turns.waiting.promotion import promote_next

log = get_logger(__name__)

JOB_SILENCE = timedelta(seconds=5)
"""A job that no worker took for this long is published again: Redis lost it, or all slots are
full."""
ENOUGH_JOBS = 250
"""While so many jobs wait for a worker, none is published again."""
REPUBLISHED = 500
"""Jobs published again at once: enough until the next sweep, few beside what the stream holds."""
USERS = 1000
"""Users with turns held back who are looked at in one sweep: about 20 ms of the database."""
FIRST_USER = Owner("", "")
"""The owner before all users."""


class DisconnectedTurnCanceller:
    """Cancels turns whose plain client is gone and has not come back.

    Those that are watched are found again.
    """

    def __init__(self, batch: int = BATCH) -> None:
        self._page = Cursor[LostClient](batch)

    async def __call__(self, services: SweeperServices) -> bool:
        """Look at some turns."""
        if not await is_due(services.database, due_sql.DISCONNECTED):
            return self._page.more(0)
        async with services.database.all_tenants().session() as session:
            rows = await cross_tenant.disconnected(session, self._page.after, self._page.size)
        for row in rows:
            assert row.disconnected_until is not None
            self._page.after = LostClient(row.disconnected_until, row.id)
            with set_apart("stop_disconnected", turn_id=row.id):
                if not await _is_watched(services.logs, row.id):
                    await _stop(services, owner_of_row(row), row.id)
        return self._page.more(len(rows))


async def _stop(services: SweeperServices, owner: Owner, turn_id: str) -> None:
    announcements: list[Announcement] = []
    async with services.database.of(owner.tenant).session() as session:
        locked = await turns.load(session, owner, turn_id, lock=True)
        if locked is not None and locked.disconnected_until is not None:
            announcements = await cancel_turn(session, locked, CancelReason.DISCONNECT)
            await turns.forget_disconnect(session, owner, turn_id)
    await services.announcer.publish(announcements)


class HeldTurnPromoter:
    """Puts turns in line that are held back although their user has room: those whose delay has
    passed, and those that the end of another turn has missed.
    """

    def __init__(self) -> None:
        self._looked_at = FIRST_USER

    async def __call__(self, services: SweeperServices) -> bool:
        """Look at some users, from where the last call ended."""
        async with services.database.all_tenants().connection() as connection:
            users = await rounds_sql.users_waiting(connection, self._looked_at, USERS)
        for user in users:
            self._looked_at = Owner(user.tenant, user.owner)
            if user.has_room:
                with set_apart("promote_held_turns", tenant=user.tenant):
                    await _promote(services, self._looked_at)
        if len(users) < USERS:
            self._looked_at = FIRST_USER
        return False


async def _promote(services: SweeperServices, owner: Owner) -> None:
    async with services.database.of(owner.tenant).session() as session:
        jobs = await promote_next(session, owner)
    await services.announcer.publish(jobs)


async def republish(services: SweeperServices) -> bool:
    """Publish jobs that Redis lost or had no room for. While enough of them wait for a worker,
    there is nothing to do: a job wakes a worker for whatever turn is next.
    """
    if not await is_due(services.database, due_sql.WAITING):
        return False
    if await services.announcer.has_jobs(ENOUGH_JOBS):
        return False
    async with services.database.all_tenants().session() as session:
        lost = await cross_tenant.republish(session, JOB_SILENCE, REPUBLISHED)
    for turn in lost:
        with set_apart("republish", turn_id=turn.turn_id):
            announcements: list[Announcement] = [JobReady(turn.turn_id, turn.tenant)]
            if turn.attempt == 0:
                frames = opening_frames(orjson.loads(turn.opening))
                announcements.append(TurnOpened(turn.turn_id, frames))
            await services.announcer.publish(announcements)
    return len(lost) == REPUBLISHED


async def count_backlog(services: SweeperServices) -> bool:
    """Count what waits and runs."""
    await services.acceptances.backlog.refresh(services.database)
    return False


async def _is_watched(logs: LogServers, turn_id: str) -> bool:
    """True when some gateway still relays the turn: another tab is looking."""
    try:
        return await logs.listening(turn_id) > 0
    except (RedisError, OSError):
        return True
