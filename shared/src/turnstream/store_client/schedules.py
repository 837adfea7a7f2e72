"""Schedules: messages that are sent on behalf of a user, once or again and again."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import CreateSchedule, Occurrence, Schedule
from turnstream.store_client.http.transport import CallIdentity, Transport, segment

_SCHEDULES = TypeAdapter(list[Schedule])
_OCCURRENCES = TypeAdapter(list[Occurrence])


class Schedules(Protocol):
    """Schedules of a user. One that is not theirs raises `NotFound`."""

    async def create(
        self, owner: Owner, command: CreateSchedule, actor: Actor | None = None
    ) -> Schedule:
        """Add a schedule. Again with the same id it is the one that is there. Raises `NotFound` for
        a thread that is not theirs, and `Unprocessable` for times that may not be, and beyond what
        the user or their tenant may have. The audit names `actor`, or the service that asks.
        """
        ...

    async def newest(self, owner: Owner, limit: int = 100) -> list[Schedule]:
        """Schedules, paused and past ones too, newest first."""
        ...

    async def pause(self, owner: Owner, schedule_id: str) -> Schedule:
        """Let it happen no more until it is resumed."""
        ...

    async def resume(self, owner: Owner, schedule_id: str) -> Schedule:
        """Let it happen again."""
        ...

    async def delete(self, owner: Owner, schedule_id: str, actor: Actor | None = None) -> None:
        """Forget it. Turns that it led to stay."""
        ...

    async def occurrences(
        self, owner: Owner, schedule_id: str, limit: int = 100
    ) -> list[Occurrence]:
        """What it led to, newest first."""
        ...


class HttpSchedules(Schedules):
    """Schedules over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def create(
        self, owner: Owner, command: CreateSchedule, actor: Actor | None = None
    ) -> Schedule:
        answer = await self._send("POST", "/schedules", command, owner=CallIdentity(owner, actor))
        return Schedule.model_validate_json(answer)

    async def newest(self, owner: Owner, limit: int = 100) -> list[Schedule]:
        answer = await self._send("GET", "/schedules", None, {"limit": limit}, owner)
        return _SCHEDULES.validate_json(answer)

    async def pause(self, owner: Owner, schedule_id: str) -> Schedule:
        path = f"/schedules/{segment(schedule_id)}/pause"
        return Schedule.model_validate_json(await self._send("POST", path, owner=owner))

    async def resume(self, owner: Owner, schedule_id: str) -> Schedule:
        path = f"/schedules/{segment(schedule_id)}/resume"
        return Schedule.model_validate_json(await self._send("POST", path, owner=owner))

    async def delete(self, owner: Owner, schedule_id: str, actor: Actor | None = None) -> None:
        path = f"/schedules/{segment(schedule_id)}"
        await self._send("DELETE", path, owner=CallIdentity(owner, actor))

    async def occurrences(
        self, owner: Owner, schedule_id: str, limit: int = 100
    ) -> list[Occurrence]:
        path = f"/schedules/{segment(schedule_id)}/occurrences"
        return _OCCURRENCES.validate_json(
            await self._send("GET", path, None, {"limit": limit}, owner)
        )
