"""What the sweeper does for schedules: an occurrence and its turn, in one transaction.

Any number of stores may sweep at once. Whoever has the schedule's row locked makes the turn, notes
the occurrence and sets when it happens next; all of it commits, or none.
"""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import OccurrenceOutcome
from turnstream.contracts.turns import AcceptTurn
from turnstream.errors import NotFound, TurnstreamError, Unavailable
from turnstream.schedules.occasions import occasion_of, turn_of
from turnstream.telemetry import get_logger

from turnstream_store.database.due import is_due
from turnstream_store.database.owners import owner_of_row
from turnstream_store.identity import queries as tenants
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.schedules import due_sql
from turnstream_store.schedules import queries as schedules
from turnstream_store.schedules.queries import DueSchedule
from turnstream_store.schedules.rules import schedule_of
from turnstream_store.schedules.tables import OccurrenceRow, ScheduleRow
from turnstream_store.sweeper import Cursor, SweeperServices, set_apart
from turnstream_store.turns.acceptance.rules import AcceptedTurn, accept_within, promote_missed

log = get_logger(__name__)

AT_ONCE = 50
"""Schedules that a sweep goes through, so that it ends within its timeout."""


class ScheduleRunner:
    """Makes the turns of schedules that are due.

    A schedule that cannot be run is found again.
    """

    def __init__(self, batch: int = AT_ONCE) -> None:
        self._page = Cursor[DueSchedule](batch)
        self._limits: TenantLimits | None = None

    async def __call__(self, services: SweeperServices) -> bool:
        """Do it for some that are due."""
        if not await is_due(services.database, due_sql.DUE):
            return self._page.more(0)
        if self._limits is None:
            self._limits = TenantLimits(services.database, services.settings)
        async with services.database.all_tenants().session() as session:
            rows = await schedules.due(session, self._page.after, self._page.size)
        for row in rows:
            assert row.next_at is not None
            self._page.after = DueSchedule(row.next_at, row.id)
            with set_apart("run_schedules", schedule_id=row.id):
                await self._run(services, row)
        return self._page.more(len(rows))

    async def _run(self, services: SweeperServices, row: ScheduleRow) -> None:
        try:
            accepted = await self._accept(services, owner_of_row(row), row)
        except Unavailable:
            raise  # it is due yet, and tried again
        except TurnstreamError as refusal:
            await _refuse(services, owner_of_row(row), row.id, refusal)
            return
        if accepted is not None:
            await services.announcer.publish(accepted.announcements)

    async def _accept(
        self, services: SweeperServices, owner: Owner, found: ScheduleRow
    ) -> AcceptedTurn | None:
        """Accept the turn of an occurrence; None where nothing is to happen, or another does it."""
        assert self._limits is not None
        settings, theirs = await self._limits.of(owner.tenant), services.database.of(owner.tenant)
        async with theirs.session() as session:
            command = await _command(session, owner, found)
        full = settings.max_turns_per_tenant
        with services.acceptances.one_more(owner, full) as placement:
            async with theirs.session() as session:
                row = await schedules.lock_due(session, owner, found.id)
                if row is None:
                    return None
                now = await schedules.moment(session)
                occasion = occasion_of(schedule_of(row), now)
                await schedules.set_next(session, row, occasion.next_at)
                if occasion.occurs_at is None:
                    return None
                accepted = await accept_within(session, command, settings, placement)
                happened = OccurrenceRow(
                    schedule_id=row.id,
                    occurs_at=occasion.occurs_at,
                    tenant=owner.tenant,
                    owner=owner.user,
                    happened_at=now,
                    outcome=OccurrenceOutcome.ACCEPTED,
                    turn_id=command.turn_id,
                    thread_id=accepted.thread_id,
                )
                if not await schedules.add_occurrence(session, happened):
                    await session.rollback()  # it has happened: the turn must not, twice
                    return None
            return await promote_missed(services.database, owner, accepted, placement)


async def _refuse(
    services: SweeperServices, owner: Owner, schedule_id: str, refusal: TurnstreamError
) -> None:
    """Note that an occurrence led to no turn. A schedule whose thread is gone is paused."""
    async with services.database.of(owner.tenant).session() as session:
        row = await schedules.lock_due(session, owner, schedule_id)
        if row is None:
            return
        now = await schedules.moment(session)
        occasion = occasion_of(schedule_of(row), now)
        await schedules.set_next(session, row, occasion.next_at)
        if isinstance(refusal, NotFound):
            await schedules.pause(session, row, now)
        if occasion.occurs_at is None:
            return  # it was missed, and would not have happened
        refused = OccurrenceRow(
            schedule_id=row.id,
            occurs_at=occasion.occurs_at,
            tenant=owner.tenant,
            owner=owner.user,
            happened_at=now,
            outcome=OccurrenceOutcome.REFUSED,
            thread_id=row.thread_id,
            error_code=refusal.code,
        )
        await schedules.add_occurrence(session, refused)
    log.warning("scheduled turn refused", schedule_id=schedule_id, code=refusal.code)


async def _command(session: AsyncSession, owner: Owner, row: ScheduleRow) -> AcceptTurn:
    """The message of a schedule, as if its owner had sent it."""
    known = await tenants.tenant(session, owner.tenant)
    own = TenantSettings.model_validate_json(known.settings) if known else TenantSettings()
    return turn_of(schedule_of(row), owner, own)
