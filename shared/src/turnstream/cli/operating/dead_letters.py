"""`turnstream dead-letters`: turns that failed past their attempts, and their second chance."""

import argparse

import orjson

from turnstream.cli.options import store_of
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import whose
from turnstream.contracts.turns import DeadLetter


def add(commands: Commands) -> None:
    """Add the command."""
    letters = commands.add_parser(
        "dead-letters",
        help="list, show and requeue turns that failed past their attempts",
        description="A dead letter is a turn that failed as often as it may: its model or its code"
        " raised\nerrors that could pass, or its workers died. Its user saw an error.",
        epilog="""\
find out why, mend the cause, then run the turn again:
  turnstream dead-letters list
  turnstream dead-letters show turn_0198c5
  turnstream dead-letters requeue turn_0198c5
What the turn did before it failed (model answers, tool calls) is not done again.""",
        formatter_class=EXAMPLES,
    )
    letters.set_defaults(run=_run)
    actions = letters.add_subparsers(dest="action", required=True)
    listing = actions.add_parser(
        "list", help="newest first, a line each: turn, time of its end, owner, kind, error code"
    )
    listing.add_argument("--limit", type=int, default=50, help="how many (default %(default)s)")
    for name, text in (
        ("show", "one of them with its error and its request, as JSON"),
        ("requeue", "run it again with fresh attempts; its thread must have no active turn"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("turn_id", help="as `list` prints it")


async def _run(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        if options.action == "list":
            _print_list(await client.dead_letters.newest(options.limit))
        elif options.action == "show":
            letter = await client.dead_letters.show(options.turn_id)
            document = letter.model_dump(mode="json")
            print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        else:
            await client.dead_letters.requeue(options.turn_id)
            print(f"{options.turn_id} is queued again")
    return 0


def _print_list(letters: list[DeadLetter]) -> None:
    if not letters:
        print("no dead letters")
    for letter in letters:
        ended = letter.ended_at.isoformat(timespec="seconds")
        owner = whose(letter.tenant, letter.owner)
        print(f"{letter.turn_id}  {ended}  {owner}  {letter.kind}  {letter.error.code}")
