"""`turnstream turns`: everybody's turns are searched, shown, stopped and run again here."""

import argparse
from collections.abc import Iterable

import orjson

from turnstream.cli.options import moment
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing, whose
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.operations import (
    RunAgain,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnState,
    TurnSummary,
)
from turnstream.contracts.turns import Contract
from turnstream.store_client import StoreClient

_EXAMPLES = """\
what runs, what failed for one user, and the next page; one turn, and what was said in it:
  turnstream turns list --state active
  turnstream turns list --state failed --tenant acme --user ann --since 24h
  turnstream turns list --after turn_0198c5
  turnstream turns show turn_0198c5
  turnstream turns read turn_0198c5
stop a turn; repeat the request of one that failed:
  turnstream turns cancel turn_0198c5
  turnstream turns rerun turn_0198c5
`rerun` does all of a turn anew in its thread, as its user's Retry would. A dead letter goes on
where it was instead: `turnstream dead-letters requeue`. The console (`turnstream console`) has
the same as a page."""


def add(commands: Commands) -> None:
    """Add the command."""
    turns = commands.add_parser(
        "turns",
        help="search, show, stop and run again the turns of every user",
        description="Look for turns, no matter whose they are, and act on one. What users said is\n"
        "shown by `read` alone. The audit tells who read, stopped or repeated a turn.",
        epilog=_EXAMPLES,
        formatter_class=EXAMPLES,
    )
    turns.set_defaults(run=printing(turn_lines))
    actions = turns.add_subparsers(dest="action", required=True)
    _add_list(actions.add_parser("list", help="newest first, a line each"))
    for name, text in (
        ("show", "all that is known of one but what was said in it: attempts, timeline, journal"),
        ("read", "what was said in one, as JSON: the audit tells that you read it"),
        ("cancel", "stop one that is queued or runs; its user sees it stop"),
        ("rerun", "repeat the request of one that failed or was cancelled, in its thread"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("turn_id", help="as `list` prints it")
        if name == "show":
            action.add_argument("--json", action="store_true", help="as JSON")


def _add_list(listing: argparse.ArgumentParser) -> None:
    states = ", ".join(TurnState)
    listing.add_argument("--state", type=TurnState, choices=[*TurnState], help=states)
    listing.add_argument("--tenant", help="only turns of this tenant")
    listing.add_argument("--user", help="only turns of this user")
    listing.add_argument("--thread", help="only turns of this thread")
    listing.add_argument("--code", help="only turns whose error has this code")
    for name, text in (("--since", "accepted at this time or later"), ("--until", "or before")):
        listing.add_argument(
            name, type=moment, help=f"{text}: 90m, 24h, or a date and time (ISO 8601)"
        )
    listing.add_argument("--limit", type=int, default=50, help="how many (default %(default)s)")
    listing.add_argument("--after", help="the page after this turn")
    listing.add_argument("--json", action="store_true", help="JSON lines, for another program")


async def turn_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What the options ask for."""
    operations = store.operations
    match options.action:
        case "list":
            return _listed(await operations.turns(_search(options)), as_json=options.json)
        case "show":
            details = await operations.turn(options.turn_id)
            return [_json(details)] if options.json else [*map(printable, _shown(details))]
        case "read":
            return [_json(await operations.read(options.turn_id))]
        case "cancel":
            return [_stopped(await operations.cancel(options.turn_id))]
    command = RunAgain(turn_id=new_id("turn"))
    started = await operations.run_again(options.turn_id, command)
    return [f"{options.turn_id} runs again as {started.turn_id}"]


def _search(options: argparse.Namespace) -> TurnSearch:
    return TurnSearch(
        state=options.state,
        tenant=options.tenant,
        user=options.user,
        thread_id=options.thread,
        code=options.code,
        since=options.since,
        until=options.until,
        limit=min(max(options.limit, 1), 500),
        after=options.after,
    )


def _listed(page: TurnList, *, as_json: bool) -> list[str]:
    if as_json:
        return [each.model_dump_json() for each in page.data]
    if not page.data:
        return ["no turn found"]
    rest = [f"more: --after {page.after}"] if page.after else []
    return [*(printable(_line(each)) for each in page.data), *rest]


def _line(turn: TurnSummary) -> str:
    accepted = turn.accepted_at.isoformat(timespec="seconds")
    columns = [turn.turn_id, accepted, whose(turn.tenant, turn.user), _state(turn)]
    columns.append(f"attempt {turn.attempt}")
    columns.append(f"{turn.age:.1f} s")
    if turn.worker and turn.ended_at is None:
        columns.append(f"on {turn.worker}")
    if turn.position:
        columns.append(f"at {turn.position}")
    if turn.error is not None:
        columns.append(turn.error.code)
    return "  ".join(columns)


def _state(turn: TurnSummary) -> str:
    if turn.dead:
        return "dead letter"
    if turn.ended_at is None and turn.cancel is not None:
        return f"{turn.status}, told to stop"
    return f"{turn.status}, held back" if turn.held_back else str(turn.status)


def _shown(details: TurnDetails) -> Iterable[str]:
    turn = details.turn
    yield _line(turn)
    yield f"thread {turn.thread_id}  {turn.kind}"
    if details.trace_id:
        yield f"trace {details.trace_id}"
    if turn.blocked:
        yield f"blocked: {turn.blocked}"
    if turn.error is not None:
        yield f"error {turn.error.code}: {turn.error.detail or turn.error.message or ''}"
    yield ""
    begin = turn.accepted_at
    for each in details.timeline:
        attempt = f"  attempt {each.attempt}" if each.attempt else ""
        seconds = (each.at - begin).total_seconds()
        yield f"{seconds:>9.3f} s  {each.kind.replace('_', ' ')}{attempt}  {each.what}"
    yield ""
    for call in details.tool_calls:
        yield f"tool call {call.tool}: {'ended' if call.has_ended else 'under way'}"
    size = sum(each.size for each in details.journal)
    yield f"journal: {len(details.journal)} records, {size} bytes"
    log = details.log
    yield (
        "event log: gone" if log is None else f"event log: {log.entries} entries to {log.position}"
    )
    for may, command in (
        (details.may_requeue, f"turnstream dead-letters requeue {turn.turn_id}"),
        (details.may_run_again, f"turnstream turns rerun {turn.turn_id}"),
        (turn.ended_at is None, f"turnstream turns cancel {turn.turn_id}"),
    ):
        if may:
            yield f"you may: {command}"


def _stopped(turn: TurnSummary) -> str:
    if turn.ended_at is not None:
        return f"{turn.turn_id} is {turn.status}"
    return f"{turn.turn_id} is told to stop"


def _json(document: Contract) -> str:
    text = orjson.dumps(document.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    return text.decode()
