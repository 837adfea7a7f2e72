"""What of a schedule that is due happens now, and as which turn."""

from datetime import datetime, timedelta
from typing import NamedTuple

from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import CatchUp, Schedule
from turnstream.contracts.turns import AcceptTurn, RequestContext
from turnstream.schedules import times

LATE = timedelta(minutes=1)
"""An occurrence that is later than this was missed, and `catch_up` says what becomes of it."""


class Occasion(NamedTuple):
    """What is to happen now, if anything is, and when next."""

    occurs_at: datetime | None
    next_at: datetime | None


def occasion_of(schedule: Schedule, now: datetime) -> Occasion:
    """What of a schedule that is due happens now. `next_at` is the first that has not happened."""
    due = schedule.next_at or now
    if schedule.cron is None:
        latest, next_at = due, None
    else:
        latest = times.latest_until(schedule.cron, schedule.time_zone, due, now)
        next_at = times.next_after(schedule.cron, schedule.time_zone, now)
    missed = now - latest > LATE
    return Occasion(None if missed and schedule.catch_up is CatchUp.NONE else latest, next_at)


def turn_of(schedule: Schedule, owner: Owner, own: TenantSettings) -> AcceptTurn:
    """The message of a schedule, as if its owner had sent it. `own` is what their tenant has of
    its own.
    """
    content = [{"type": "input_text", "text": schedule.message}]
    user_input = {"content": content, "attachments": [], "inference_options": {}}
    request: dict[str, object] = {"type": "threads.create", "params": {"input": user_input}}
    if schedule.thread_id is not None:
        params = {"input": user_input, "thread_id": schedule.thread_id}
        request = {"type": "threads.add_user_message", "params": params}
    return AcceptTurn(
        turn_id=new_id("turn"),
        request=request,
        context=RequestContext(
            user_id=owner.user,
            tenant=owner.tenant,
            metadata={"schedule_id": schedule.id},
            workflow=own.assistant,
            model=own.model,
            model_choices=None if own.model_choices is None else tuple(own.model_choices),
        ),
        when_busy=schedule.when_busy,
    )
