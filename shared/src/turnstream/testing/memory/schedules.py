"""Schedules in memory."""

from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import (
    CreateSchedule,
    Occurrence,
    OccurrenceOutcome,
    Schedule,
)
from turnstream.errors import NotFound, TurnstreamError, Unprocessable
from turnstream.schedules import times
from turnstream.schedules.occasions import occasion_of, turn_of
from turnstream.store_client.schedules import Schedules
from turnstream.testing.memory.records import OwnedSchedule
from turnstream.testing.memory.state import State
from turnstream.testing.memory.turns.acceptance import accept


class MemorySchedules(Schedules):
    """Schedules by id. What is due happens with the next call of a schedule's: no clock runs here,
    and no worker is woken.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    async def create(
        self, owner: Owner, command: CreateSchedule, actor: Actor | None = None
    ) -> Schedule:
        state = self._state
        if command.id in state.schedules:
            return self._found(owner, command.id).schedule
        if command.thread_id is not None:
            state.thread(owner, command.thread_id)
        now = state.now()
        first = times.first_occurrence(command, state.limits.schedule_min_interval, now)
        self._check_room(owner)
        fields = {"created_at": now, "next_at": first}
        schedule = Schedule.model_validate(command.model_dump() | fields)
        state.schedules[command.id] = OwnedSchedule(owner, schedule)
        state.audit.tell(Action.SCHEDULE_CREATED, actor, owner, schedule.id)
        return schedule

    async def newest(self, owner: Owner, limit: int = 100) -> list[Schedule]:
        self._run_due()
        kept = self._state.schedules.values()
        return [each.schedule for each in kept if each.owner == owner][::-1][:limit]

    async def pause(self, owner: Owner, schedule_id: str) -> Schedule:
        found = self._found(owner, schedule_id)
        if found.schedule.paused_at is None:
            _change(found, paused_at=self._state.now())
            self._state.audit.tell(Action.SCHEDULE_PAUSED, None, owner, schedule_id)
        return found.schedule

    async def resume(self, owner: Owner, schedule_id: str) -> Schedule:
        found = self._found(owner, schedule_id)
        if found.schedule.paused_at is not None:
            _change(found, paused_at=None)
            self._state.audit.tell(Action.SCHEDULE_RESUMED, None, owner, schedule_id)
        return found.schedule

    async def delete(self, owner: Owner, schedule_id: str, actor: Actor | None = None) -> None:
        del self._state.schedules[self._found(owner, schedule_id).schedule.id]
        self._state.audit.tell(Action.SCHEDULE_DELETED, actor, owner, schedule_id)

    async def occurrences(
        self, owner: Owner, schedule_id: str, limit: int = 100
    ) -> list[Occurrence]:
        return self._found(owner, schedule_id).occurrences[::-1][:limit]

    def _found(self, owner: Owner, schedule_id: str) -> OwnedSchedule:
        self._run_due()
        found = self._state.schedules.get(schedule_id)
        if found is None or found.owner != owner:
            raise NotFound(f"There is no schedule {schedule_id}.")
        return found

    def _check_room(self, owner: Owner) -> None:
        limits, owners = self._state.limits, [each.owner for each in self._state.schedules.values()]
        most = limits.max_schedules_per_user
        if owners.count(owner) >= most:
            raise Unprocessable(f"At most {most} schedules of a user. Delete one first.")
        of_tenant = sum(each.tenant == owner.tenant for each in owners)
        if of_tenant >= limits.max_schedules_per_tenant:
            raise Unprocessable("The tenant has as many schedules as it may.")

    def _run_due(self) -> None:
        now = self._state.now()
        for each in self._state.schedules.values():
            due = each.schedule.next_at is not None and each.schedule.next_at <= now
            if due and each.schedule.paused_at is None:
                self._run(each)

    def _run(self, due: OwnedSchedule) -> None:
        """Accept the turn of a schedule that is due, or note what refused it."""
        state, now, schedule = self._state, self._state.now(), due.schedule
        occasion = occasion_of(schedule, now)
        _change(due, next_at=occasion.next_at)
        if occasion.occurs_at is None:
            return
        known = state.tenants.get(due.owner.tenant)
        own = TenantSettings() if known is None else known.settings
        happened = Occurrence(
            schedule_id=schedule.id,
            occurs_at=occasion.occurs_at,
            happened_at=now,
            outcome=OccurrenceOutcome.ACCEPTED,
        )
        led_to: dict[str, object]
        try:
            accepted = accept(state, turn_of(schedule, due.owner, own))
            led_to = {"turn_id": accepted.turn_id, "thread_id": accepted.thread_id}
        except TurnstreamError as refusal:
            led_to = {
                "outcome": OccurrenceOutcome.REFUSED,
                "thread_id": schedule.thread_id,
                "error_code": refusal.code,
            }
            if isinstance(refusal, NotFound):
                _change(due, paused_at=now)
        due.occurrences.append(happened.model_copy(update=led_to))


def _change(kept: OwnedSchedule, **fields: object) -> None:
    kept.schedule = kept.schedule.model_copy(update=fields)
