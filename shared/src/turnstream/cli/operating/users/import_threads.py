"""`turnstream import`: threads of hosted ChatKit, or of another backend, become threads here."""

import argparse
import csv
from pathlib import Path

from turnstream.cli.options import store_of
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.contracts.owner import DEFAULT_TENANT, checked_user


def add(commands: Commands) -> None:
    """Add the command."""
    reading = commands.add_parser(
        "import",
        help="take over threads that `turnstream export-hosted` wrote",
        description="Take over the threads of an export. Ids, users, times, titles, items and\n"
        "files stay. A thread is taken whole or not at all; again it changes nothing, and\n"
        "after an interruption the same command does the rest. The exit status is 1 if a\n"
        "thread was refused.",
        epilog="""\
what would be imported; then the import; with other names for users, into a tenant:
  turnstream import hosted --dry-run
  turnstream import hosted
  turnstream import hosted --tenant acme --users users.csv
users.csv has two columns, the name there and the name here. Who is not in it keeps their name.
Attachments go where BLOBS_URL says, under URL_SIGNING_KEY: those of the deployment.""",
        formatter_class=EXAMPLES,
    )
    reading.add_argument("folder", type=Path, help="with threads.jsonl in it, or that file")
    reading.add_argument("--tenant", default=DEFAULT_TENANT, help="default: %(default)s")
    reading.add_argument("--users", type=_users, default={}, metavar="MAP.CSV", help="other names")
    reading.add_argument(
        "--without-files", action="store_true", help="attachments become names; no bytes are kept"
    )
    reading.add_argument("--dry-run", action="store_true", help="only read and count")
    reading.set_defaults(run=_run)


async def _run(options: argparse.Namespace) -> int:
    from turnstream.cli.operating.users.importing import import_threads

    async with store_of(options) as store:
        return await import_threads(store, options)


def _users(path: str) -> dict[str, str]:
    """The names of a file with two columns. Raises `ArgumentTypeError`, which names the line."""
    found = dict[str, str]()
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if not row:
                    continue
                if len(row) != 2 or row[0] in found:
                    raise ValueError(f"line {number} has not two names, or one that came before")
                found[row[0]] = checked_user(row[1])
    except (OSError, ValueError, csv.Error) as error:
        raise argparse.ArgumentTypeError(f"{path}: {error}") from error
    return found
