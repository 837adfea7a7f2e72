"""Schedules: messages that are sent on behalf of a user, once or again and again."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import BusyPolicy, Contract


class CatchUp(StrEnum):
    """What becomes of occurrences that passed while no store ran, or the schedule was paused."""

    LATEST = "latest"
    """The latest of them happens once, late. The others are left out."""
    NONE = "none"
    """They are left out."""


class OccurrenceOutcome(StrEnum):
    """What an occurrence led to."""

    ACCEPTED = "accepted"
    """A turn."""
    REFUSED = "refused"
    """No turn: a limit, a budget or a thread that is gone refused it. It is not tried again."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("it is no time zone, such as Europe/Berlin or Asia/Taipei") from error
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


class ScheduleTerms(Contract):
    """What is sent, and when."""

    message: Annotated[StorableText, Field(min_length=1, max_length=32_000)]
    cron: Annotated[str, Field(max_length=200)] | None = None
    """Five fields: minute, hour, day of the month, month, day of the week."""
    time_zone: TimeZone = "UTC"
    """The time zone in which `cron` is meant."""
    run_at: datetime | None = None
    """Once, at this time, in place of `cron`."""
    thread_id: str | None = None
    """The thread in which it is sent; None for a new one each time."""
    catch_up: CatchUp = CatchUp.LATEST
    when_busy: BusyPolicy = BusyPolicy.ENQUEUE

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.cron is None) == (self.run_at is None):
            raise ValueError("give either cron or run_at")
        if self.run_at is not None and self.run_at.tzinfo is None:
            raise ValueError("run_at needs an offset, such as 2026-12-01T09:00:00+01:00")
        return self


class CreateSchedule(ScheduleTerms):
    """Command: send this message at these times."""

    id: Annotated[str, Field(pattern=r"^sch_[0-9a-z_]{1,60}$")]


class Schedule(Contract):
    """A schedule as its owner may see it."""

    id: str
    message: str
    cron: str | None = None
    time_zone: str
    run_at: datetime | None = None
    thread_id: str | None = None
    catch_up: CatchUp
    when_busy: BusyPolicy
    created_at: datetime
    paused_at: datetime | None = None
    next_at: datetime | None = None
    """When it happens next; None where it is over."""


class Occurrence(Contract):
    """Something that happened because of a schedule."""

    schedule_id: str
    occurs_at: datetime
    """When it was to happen."""
    happened_at: datetime
    outcome: OccurrenceOutcome
    turn_id: str | None = None
    thread_id: str | None = None
    error_code: str | None = None
    """Why there is no turn."""
