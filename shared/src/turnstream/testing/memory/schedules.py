"""Schedules in memory. Nothing happens by itself: `next_at` is known of those that happen once."""

from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import CreateSchedule, Occurrence, Schedule
from turnstream.errors import NotFound
from turnstream.store_client.schedules import Schedules
from turnstream.testing.memory.state import State


class MemorySchedules(Schedules):
    """Schedules by id."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._schedules: dict[str, tuple[Owner, Schedule]] = {}

    async def create(
        self, owner: Owner, command: CreateSchedule, actor: Actor | None = None
    ) -> Schedule:
        if command.id in self._schedules:
            return self._found(owner, command.id)
        if command.thread_id is not None:
            self._state.thread(owner, command.thread_id)
        fields = {"created_at": self._state.now(), "next_at": command.run_at}
        schedule = Schedule.model_validate(command.model_dump() | fields)
        self._schedules[command.id] = (owner, schedule)
        return schedule

    async def newest(self, owner: Owner, limit: int = 100) -> list[Schedule]:
        theirs = [each for whose, each in self._schedules.values() if whose == owner]
        return theirs[::-1][:limit]

    async def pause(self, owner: Owner, schedule_id: str) -> Schedule:
        paused = {"paused_at": self._state.now()}
        schedule = self._found(owner, schedule_id).model_copy(update=paused)
        self._schedules[schedule_id] = (owner, schedule)
        return schedule

    async def resume(self, owner: Owner, schedule_id: str) -> Schedule:
        schedule = self._found(owner, schedule_id).model_copy(update={"paused_at": None})
        self._schedules[schedule_id] = (owner, schedule)
        return schedule

    async def delete(self, owner: Owner, schedule_id: str, actor: Actor | None = None) -> None:
        del self._schedules[self._found(owner, schedule_id).id]

    async def occurrences(
        self, owner: Owner, schedule_id: str, limit: int = 100
    ) -> list[Occurrence]:
        self._found(owner, schedule_id)
        return []

    def _found(self, owner: Owner, schedule_id: str) -> Schedule:
        whose, schedule = self._schedules.get(schedule_id, (None, None))
        if schedule is None or whose != owner:
            raise NotFound(f"There is no schedule {schedule_id}.")
        return schedule
