"""`turnstream import`: threads of hosted ChatKit, or of another backend, become threads here."""

import argparse
import csv
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from turnstream.cli import deployment
from turnstream.cli.parts import EXAMPLES, Commands, printable, store_of
from turnstream.contracts.owner import DEFAULT_TENANT, checked_user
from turnstream.errors import TurnstreamError
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.hosted.attachments import FilePlace
from turnstream.hosted.folder import ATTACHMENTS, THREADS
from turnstream.hosted.importing import Counts, Destination, Import, Refused, lines
from turnstream.store_client import StoreClient

TOLD_EVERY = 100
"""Threads between two lines that tell how far it is."""


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
users.csv has two columns, the name there and the name here. Whoever is not in it keeps their name.
Attachments go where BLOBS_URL says, under URL_SIGNING_KEY: those of the deployment.""",
        formatter_class=EXAMPLES,
    )
    reading.add_argument("folder", type=Path, help=f"with {THREADS} in it, or that file")
    reading.add_argument("--tenant", default=DEFAULT_TENANT, help="default: %(default)s")
    reading.add_argument("--users", type=_users, default={}, metavar="MAP.CSV", help="other names")
    reading.add_argument(
        "--without-files", action="store_true", help="attachments become names; no bytes are kept"
    )
    reading.add_argument("--dry-run", action="store_true", help="only read and count")
    reading.set_defaults(run=_run)


async def _run(options: argparse.Namespace) -> int:
    async with store_of(options) as store:
        return await import_threads(store, options)


async def import_threads(store: StoreClient, options: argparse.Namespace) -> int:
    """Import what the options ask for; 1 if a thread was refused. Raises `TurnstreamError`."""
    folder = _folder(options.folder)
    files = None if options.without_files else _file_place(folder, needed=not options.dry_run)
    to = Destination(store.imports, files, options.tenant, options.users)
    running = Import(folder, to, dry_run=options.dry_run)
    counts = running.counts
    for number, line in enumerate(lines(folder), 1):
        try:
            thread_id = await running.take(line, number)
        except Refused as reason:
            counts.threads["refused"] += 1
            print(printable(f"refused: {reason}"), file=sys.stderr)
            continue
        if number % TOLD_EVERY == 0:
            print(printable(f"{number} threads, up to {thread_id}"), flush=True)
    print(*_report(counts), sep="\n")
    return 1 if counts.threads["refused"] else 0


def _folder(given: Path) -> Path:
    folder = given if given.is_dir() else given.parent
    if not (folder / THREADS).is_file():
        raise TurnstreamError(f"{folder} has no {THREADS}.")
    return folder


def _file_place(folder: Path, *, needed: bool) -> FilePlace | None:
    """Where the deployment keeps files. None where there are none, or nobody can tell."""
    place = deployment.files()
    if place is not None:
        url, key = place
        return FilePlace(Blobs(url), Links(key, lifetime=timedelta(0)))
    attachments = folder / ATTACHMENTS
    if needed and attachments.is_dir() and any(attachments.iterdir()):
        raise TurnstreamError(
            "The export has attachments: set BLOBS_URL and URL_SIGNING_KEY as the deployment has"
            " them, or say --without-files."
        )
    return None


def _report(counts: Counts) -> Iterator[str]:
    for outcome, count in sorted(counts.threads.items()):
        yield f"{count:>8}  threads {outcome}"
    yield f"{counts.items:>8}  items"
    if counts.files:
        yield f"{counts.files:>8}  attachments with their bytes"
    if counts.names_only:
        yield f"{counts.names_only:>8}  attachments by name only"
    for reason, count in sorted(counts.left_out.items()):
        yield printable(f"{count:>8}  items left out: {reason}")


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
