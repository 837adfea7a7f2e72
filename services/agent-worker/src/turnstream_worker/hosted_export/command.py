"""The command. What it needs is imported when it runs: `turnstream --help` stays fast."""

import argparse
import asyncio
import importlib
import sys
from pathlib import Path

from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.errors import TurnstreamError

HOSTED = "https://api.openai.com/v1"
"""Not `OPENAI_BASE_URL`: that is where models are, which may be somebody else's."""
_STOPPED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def add(commands: Commands) -> None:
    """Add the command."""
    export = commands.add_parser(
        "export-hosted",
        help="write all threads of hosted ChatKit into a folder, for `turnstream import`",
        description="Read threads, items and attachments from OpenAI's hosted ChatKit, with the\n"
        "key of OPENAI_API_KEY, into a folder: threads.jsonl and attachments/. Nothing is\n"
        "changed there. Run it before hosted ChatKit ends.",
        epilog="""\
everything, or one user's; the same command again goes on where it was stopped:
  OPENAI_API_KEY=sk-... turnstream export-hosted hosted
  OPENAI_API_KEY=sk-... turnstream export-hosted hosted-ann --user ann
A finished folder takes threads that are new. For new messages in old threads take a new folder.
The folder holds conversations: keep it where such things may be.""",
        formatter_class=EXAMPLES,
    )
    export.add_argument("folder", type=Path, help="made if it is not there")
    export.add_argument("--user", help="only threads of this user (default: of all)")
    export.add_argument("--base-url", default=HOSTED, help="the API (default: %(default)s)")
    export.add_argument(
        "--at-once", type=_count, default=8, help="threads read at a time (default: %(default)s)"
    )
    export.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    run = importlib.import_module("turnstream_worker.hosted_export.run")
    try:
        asyncio.run(run.export(options))
    except KeyboardInterrupt:
        print("stopped: the same command goes on from here", file=sys.stderr)
        return _STOPPED
    except OSError as error:
        raise TurnstreamError(f"{options.folder}: {error}") from error
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 32:
        raise argparse.ArgumentTypeError("write a number from 1 to 32")
    return int(text)
