"""`turnstream check`: what will not work in an app."""

import argparse
import importlib

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.errors import TurnstreamError


def add(commands: Commands) -> None:
    """Add the command."""
    checking = commands.add_parser(
        "check",
        help="load apps as a worker would, and say what will not work in them",
        description="Load an app as a worker would: import its factory, start it and stop it. Say\n"
        "what will not work, with file, line and remedy. The exit status is 1 if a\n"
        "worker would refuse the app or warn of it.",
        epilog="""\
before the first start, and in the app's continuous integration:
  turnstream check my_app.server:create
  turnstream check my_app.server:create --json
all that a worker here would load, by ASSISTANT and WORKFLOWS:
  turnstream check
Run it where the app's packages are installed, with the app's own environment variables.""",
        formatter_class=EXAMPLES,
    )
    checking.set_defaults(run=_run)
    checking.add_argument(
        "app",
        metavar="module:factory",
        nargs="?",
        help="an app (default: those that ASSISTANT and WORKFLOWS name)",
    )
    checking.add_argument("--json", action="store_true", help="a JSON list, for another program")


async def _run(options: argparse.Namespace) -> int:
    try:  # by name: this package stands below the worker's, which may not be installed
        report = importlib.import_module("turnstream_worker.checks.report")
    except ModuleNotFoundError as error:
        raise TurnstreamError(
            f"{error}: install turnstream-agent-worker to check an app."
        ) from error
    code: int = await report.check(options.app, as_json=options.json)
    return code
