"""`turnstream schedules`: messages that are sent on behalf of a user at certain times."""

import argparse
from datetime import datetime

from pydantic import ValidationError

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.schedules import CatchUp, CreateSchedule, Occurrence, Schedule
from turnstream.contracts.turns import BusyPolicy
from turnstream.errors import BadRequest
from turnstream.store_client import StoreClient


def add(commands: Commands) -> None:
    """Add the command."""
    schedules = commands.add_parser(
        "schedules",
        help="send a message on behalf of a user, once or again and again",
        description="A schedule sends a message as its user, in a new thread each time or in one\n"
        "of theirs. Each occurrence makes one turn, whatever dies. Limits, budgets and the\n"
        "assistant are those of any message of the user.",
        epilog="""\
every working day at nine in Taipei; once; what came of it; a pause, and the end:
  turnstream schedules create --user ann --cron "0 9 * * 1-5" --zone Asia/Taipei "What is due?"
  turnstream schedules create --user ann --at 2026-12-24T18:00:00+01:00 --thread thr_0198c5 "Merry!"
  turnstream schedules list --tenant acme --user ann
  turnstream schedules occurrences --user ann sch_0198c5
  turnstream schedules pause --user ann sch_0198c5
  turnstream schedules resume --user ann sch_0198c5
  turnstream schedules delete --user ann sch_0198c5""",
        formatter_class=EXAMPLES,
    )
    actions = schedules.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="add a schedule")
    _add_owner(create)
    when = create.add_mutually_exclusive_group(required=True)
    when.add_argument("--cron", help="five fields: minute, hour, day, month, day of the week")
    when.add_argument("--at", type=datetime.fromisoformat, help="once, with an offset (ISO 8601)")
    create.add_argument("--zone", default="UTC", help="of --cron (default %(default)s)")
    create.add_argument("--thread", help="where it is sent (default: a new thread each time)")
    create.add_argument(
        "--catch-up",
        choices=[*CatchUp],
        default=CatchUp.LATEST,
        help="what becomes of occurrences that were missed: the latest happens once, or none"
        " (default %(default)s)",
    )
    create.add_argument(
        "--when-busy",
        choices=[*BusyPolicy],
        default=BusyPolicy.ENQUEUE,
        help="where a turn runs in the thread (default %(default)s)",
    )
    create.add_argument("message", help="what the user says")
    listing = actions.add_parser("list", help="newest first")
    _add_owner(listing)
    _add_listing(listing)
    for name, text in (
        ("pause", "let it happen no more until it is resumed"),
        ("resume", "let it happen again"),
        ("delete", "forget it; turns that it led to stay"),
        ("occurrences", "what it led to, newest first"),
    ):
        action = actions.add_parser(name, help=text)
        _add_owner(action)
        action.add_argument("schedule_id", help="as `list` prints it")
        if name == "occurrences":
            _add_listing(action)
    schedules.set_defaults(run=printing(schedule_lines))


async def schedule_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for."""
    owner = Owner(options.tenant, options.user)
    match options.action:
        case "create":
            return [_line(await store.schedules.create(owner, _command(options)))]
        case "pause":
            return [_line(await store.schedules.pause(owner, options.schedule_id))]
        case "resume":
            return [_line(await store.schedules.resume(owner, options.schedule_id))]
        case "delete":
            await store.schedules.delete(owner, options.schedule_id)
            return [printable(f"{options.schedule_id} is gone")]
        case "occurrences":
            which = options.schedule_id
            happened = await store.schedules.occurrences(owner, which, options.limit)
            if options.json:
                return [each.model_dump_json() for each in happened]
            return [_occurrence(each) for each in happened] or ["nothing happened yet"]
    found = await store.schedules.newest(owner, options.limit)
    if options.json:
        return [each.model_dump_json() for each in found]
    return [_line(each) for each in found] or ["no schedules"]


def _command(options: argparse.Namespace) -> CreateSchedule:
    try:
        return CreateSchedule(
            id=new_id("sch"),
            message=options.message,
            cron=options.cron,
            time_zone=options.zone,
            run_at=options.at,
            thread_id=options.thread,
            catch_up=options.catch_up,
            when_busy=options.when_busy,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "schedule"
        raise BadRequest(f"{where}: {first['msg']}.") from error


def _add_owner(action: argparse.ArgumentParser) -> None:
    action.add_argument("--tenant", default=DEFAULT_TENANT, help="(default %(default)s)")
    action.add_argument("--user", required=True, help="whose it is")


def _add_listing(action: argparse.ArgumentParser) -> None:
    action.add_argument("--limit", type=int, default=100, help="how many (default %(default)s)")
    action.add_argument("--json", action="store_true", help="JSON lines, for another program")


def _line(schedule: Schedule) -> str:
    when = schedule.cron and f"'{schedule.cron}' {schedule.time_zone}"
    columns = [schedule.id, when or "once", schedule.thread_id or "a new thread"]
    if schedule.paused_at is not None:
        columns.append("paused")
    elif schedule.next_at is not None:
        columns.append(f"next {_minute(schedule.next_at)}")
    else:
        columns.append("over")
    return printable("  ".join(columns))


def _occurrence(occurrence: Occurrence) -> str:
    columns = [_minute(occurrence.occurs_at), occurrence.outcome]
    columns += [each for each in (occurrence.turn_id, occurrence.error_code) if each]
    return printable("  ".join(columns))


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
