"""`turnstream`: one command for all that is done with a deployment, from its first start on."""

import argparse
import asyncio
import inspect
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

from stamina.instrumentation import set_on_retry_hooks

from turnstream.cli import deployment
from turnstream.errors import TurnstreamError
from turnstream.version import VERSION

COMMANDS = "turnstream.commands"
"""The entry points by which packages bring their commands: functions that add one to a parser."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 with the reason on stderr when not."""
    options = _parser().parse_args(arguments)
    set_on_retry_hooks([])  # the outcome is told once, at the end, not with every try
    try:
        running = options.run(options)
        code: int = asyncio.run(running) if inspect.iscoroutine(running) else running
        return code
    except TurnstreamError as error:
        print(f"turnstream: {error.detail}", file=sys.stderr)
        if error.retryable:
            print(f"Is the store up at {options.store_url}?", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="turnstream",
        description="Run and operate a Turnstream deployment. Commands that operate one ask its"
        " store, so run them where it can be reached.",
        epilog="`turnstream COMMAND --help` tells what a command does and shows examples.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument(
        "--store-url",
        default=deployment.store_url(),
        help="the store's address, with user:password@ if it asks for them (default: STORE_URL,"
        " else that of `make up` with this DATA_DIR, now %(default)s)",
    )
    parser.add_argument(
        "--key",
        help="what the store asks for: a server key with the scope operator, or the internal key;"
        " - reads it from the input, so that no list of processes shows it (default: INTERNAL_KEY,"
        " else that of `make up` with this DATA_DIR)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for each in sorted(entry_points(group=COMMANDS), key=lambda found: found.name):
        each.load()(commands)
    return parser
