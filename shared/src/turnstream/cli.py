"""`turnstream`: what an operator does from a shell."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

import orjson
from stamina.instrumentation import set_on_retry_hooks

from turnstream.contracts.turns import DeadLetter
from turnstream.errors import TurnstreamError
from turnstream.settings import Settings
from turnstream.store_client import StoreClient

_PATIENCE = timedelta(seconds=3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 with the reason on stderr when not."""
    options = _parser().parse_args(arguments)
    set_on_retry_hooks([])  # the outcome is told once, at the end, not with every try
    try:
        return asyncio.run(_dead_letters(options))
    except TurnstreamError as error:
        print(f"turnstream: {error.detail}", file=sys.stderr)
        if error.retryable:
            print(f"Is the store up at {options.store_url}?", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="turnstream", description="Operate a Turnstream deployment."
    )
    parser.add_argument(
        "--store-url",
        default=Settings().store_url,
        help="the store's address (default: STORE_URL, else %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    letters = commands.add_parser(
        "dead-letters",
        help="turns that failed past their attempts",
        description="List, show and requeue turns that failed past their attempts.",
    )
    actions = letters.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="newest first, one line each")
    listing.add_argument("--limit", type=int, default=50, help="how many (default %(default)s)")
    for name, text in (
        ("show", "one of them, with its error and its request, as JSON"),
        ("requeue", "run it again with fresh attempts; its thread must be idle"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("turn_id", help="as `list` prints it")
    return parser


async def _dead_letters(options: argparse.Namespace) -> int:
    async with StoreClient(options.store_url, patience=_PATIENCE) as client:
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
        print(f"{letter.turn_id}  {ended}  {letter.owner}  {letter.kind}  {letter.error.code}")


if __name__ == "__main__":
    sys.exit(main())
