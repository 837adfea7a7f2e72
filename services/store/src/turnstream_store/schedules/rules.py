"""Schedules as their owner makes and changes them."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import CreateSchedule, Occurrence, Schedule
from turnstream.errors import NotFound, Unprocessable
from turnstream.schedules import times

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.schedules import queries as schedules
from turnstream_store.schedules.tables import ScheduleRow
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import queries as threads


async def create(
    session: AsyncSession,
    owner: Owner,
    command: CreateSchedule,
    settings: StoreSettings,
    actor: Actor,
) -> Schedule:
    """Add a schedule. Again with the same id it is the one that is there.

    Raises `NotFound` for a thread or an id that is somebody else's, and `Unprocessable` for times
    that are none, lie too close or have passed, and beyond the bounds of the user or the tenant.
    """
    await schedules.lock_tenant(session, owner.tenant)
    known = await schedules.load(session, owner, command.id)
    if known is not None:
        return schedule_of(known)
    thread_id = command.thread_id
    if thread_id is not None and await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    next_at = times.first_occurrence(
        command, settings.schedule_min_interval, await schedules.moment(session)
    )
    of_user, of_tenant = await schedules.counts(session, owner)
    if of_user >= settings.max_schedules_per_user:
        most = settings.max_schedules_per_user
        raise Unprocessable(f"At most {most} schedules of a user. Delete one first.")
    if of_tenant >= settings.max_schedules_per_tenant:
        raise Unprocessable("The tenant has as many schedules as it may.")
    if not await schedules.add(session, owner, command, next_at):
        raise NotFound(f"There is no schedule {command.id}.")
    row = await locked(session, owner, command.id)
    await _audit(session, Action.SCHEDULE_CREATED, actor, row)
    return schedule_of(row)


async def list_schedules(session: AsyncSession, owner: Owner, limit: int) -> list[Schedule]:
    """Schedules of the owner's, newest first."""
    return [schedule_of(row) for row in await schedules.newest(session, owner, limit)]


async def pause(session: AsyncSession, row: ScheduleRow, actor: Actor) -> Schedule:
    """Let it happen no more until it is resumed."""
    if row.paused_at is None:
        await schedules.pause(session, row, await schedules.moment(session))
        await _audit(session, Action.SCHEDULE_PAUSED, actor, row)
    return schedule_of(await locked(session, Owner(row.tenant, row.owner), row.id))


async def resume(session: AsyncSession, row: ScheduleRow, actor: Actor) -> Schedule:
    """Let it happen again. What it missed meanwhile is treated as `catch_up` says."""
    if row.paused_at is not None:
        await schedules.pause(session, row, None)
        await _audit(session, Action.SCHEDULE_RESUMED, actor, row)
    return schedule_of(await locked(session, Owner(row.tenant, row.owner), row.id))


async def delete(session: AsyncSession, row: ScheduleRow, actor: Actor) -> None:
    """Forget it. Turns that it led to stay."""
    await schedules.remove(session, row)
    await _audit(session, Action.SCHEDULE_DELETED, actor, row)


async def list_occurrences(
    session: AsyncSession, owner: Owner, schedule_id: str, limit: int
) -> list[Occurrence]:
    """What a schedule led to, newest first. Raises `NotFound`."""
    if await schedules.load(session, owner, schedule_id) is None:
        raise NotFound(f"There is no schedule {schedule_id}.")
    rows = await schedules.occurrences(session, owner, schedule_id, limit)
    return [Occurrence.model_validate(row.model_dump()) for row in rows]


async def locked(session: AsyncSession, owner: Owner, schedule_id: str) -> ScheduleRow:
    """A schedule of the owner's, locked. Raises `NotFound`."""
    row = await schedules.load(session, owner, schedule_id, lock=True)
    if row is None:
        raise NotFound(f"There is no schedule {schedule_id}.")
    return row


async def _audit(session: AsyncSession, action: Action, actor: Actor, row: ScheduleRow) -> None:
    await audit.add_within(session, AuditEvent(action, actor, row.tenant, row.owner, row.id))


def schedule_of(row: ScheduleRow) -> Schedule:
    """A schedule as its owner may see it."""
    return Schedule.model_validate(row.model_dump())
