"""`turnstream failures`: the turns that failed, why, and how many of each kind."""

import argparse
from datetime import timedelta

import orjson

from turnstream.cli.options import add_listing
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing
from turnstream.contracts.turns import FailedTurn, FailedTurns
from turnstream.store_client import StoreClient

_DESCRIPTION = """\
List turns that failed, newest first, a line each: turn, time of its end, attempt, code, what the
model server answered, its words. Before them: how many failed with each code. With a turn's id,
all that is known of its failure. Nothing that a user said is shown, and no keys."""

_EXAMPLES = """\
what failed today, all of one code as JSON lines, and one turn whole:
  turnstream failures
  turnstream failures --since 168h --code model_rate_limited --json
  turnstream failures turn_0198c5
A turn marked with * is a dead letter: `turnstream dead-letters requeue` runs it again."""

_WITHIN = timedelta(hours=24)


def add(commands: Commands) -> None:
    """Add the command."""
    failures = commands.add_parser(
        "failures",
        help="list turns that failed, and count them by code; show all that is known of one",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=EXAMPLES,
    )
    failures.set_defaults(run=printing(failure_lines))
    failures.add_argument("turn_id", nargs="?", help="show this one, as JSON")
    failures.add_argument("--code", help="only turns that failed with this code")
    add_listing(failures, _WITHIN)


async def failure_lines(client: StoreClient, options: argparse.Namespace) -> list[str]:
    """The lines that the options ask for."""
    if options.turn_id is not None:
        document = (await client.dead_letters.show_failed(options.turn_id)).model_dump(mode="json")
        return [orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()]
    failed = await client.dead_letters.failed(options.limit, options.since, options.code)
    return [turn.model_dump_json() for turn in failed.data] if options.json else _listed(failed)


def _listed(failed: FailedTurns) -> list[str]:
    if not failed.counts:
        return ["no turn failed"]
    counts = [f"{count:>6}  {code}" for code, count in failed.counts.items()]
    left = sum(failed.counts.values()) - len(failed.data)
    rest = [f"and {left} more: see --limit"] if left > 0 else []
    return [*counts, "", *(printable(_line(turn)) for turn in failed.data), *rest]


def _line(turn: FailedTurn) -> str:
    cause = turn.error.cause
    ended = turn.ended_at.isoformat(timespec="seconds")
    columns = [f"{turn.turn_id}{'*' if turn.dead else ' '}", ended, f"attempt {turn.attempt}"]
    columns.append(turn.error.code)
    if cause is not None and (cause.status or cause.provider_code):
        columns.append(" ".join(filter(None, (str(cause.status or ""), cause.provider_code))))
    known = (cause.provider_message or cause.caused_by) if cause else ""
    words = f"{known or turn.error.detail} {cause.where if cause else ''}"
    return "  ".join([*columns, " ".join(words.split())[:160]]).rstrip()
