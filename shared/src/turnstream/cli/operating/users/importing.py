"""What `turnstream import` does. It is loaded when it runs, with all that reads and keeps files."""

import argparse
import asyncio
import sys
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from turnstream.cli import deployment
from turnstream.cli.printing import printable
from turnstream.errors import TurnstreamError
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.hosted.attachments import FileStorage
from turnstream.hosted.folder import ATTACHMENTS, THREADS
from turnstream.hosted.importing import Destination, Import, ImportCounts, ImportRefused, lines
from turnstream.store_client import StoreClient

AT_ONCE = 4
"""Threads that are imported at a time. Each is in memory; more would wait for the store's disk."""
TOLD_EVERY = 100
"""Threads between two lines that tell how far it is."""


async def import_threads(store: StoreClient, options: argparse.Namespace) -> int:
    """Import what the options ask for; 1 if a thread was refused. Raises `TurnstreamError`."""
    folder = _folder(options.folder)
    files = None if options.without_files else _file_storage(folder, needed=not options.dry_run)
    to = Destination(store.imports, files, options.tenant, options.users)
    running = Import(folder, to, dry_run=options.dry_run)
    under_way = deque[asyncio.Task[None]]()
    try:
        for number, line in enumerate(lines(folder), 1):
            if len(under_way) == AT_ONCE:
                await under_way.popleft()
            under_way.append(asyncio.create_task(_take(running, line, number)))
            if number % TOLD_EVERY == 0:
                print(f"{number} threads", flush=True)
        while under_way:
            await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    print(*_report(running.counts), sep="\n")
    return 1 if running.counts.threads["refused"] else 0


async def _take(running: Import, line: bytes, number: int) -> None:
    try:
        await running.take(line, number)
    except ImportRefused as reason:
        running.counts.threads["refused"] += 1
        print(printable(f"refused: {reason}"), file=sys.stderr)


def _folder(given: Path) -> Path:
    folder = given if given.is_dir() else given.parent
    if given != folder and given.name != THREADS:  # another file than would be read
        raise TurnstreamError(f"{given} is not an export: name its folder or its {THREADS}.")
    if not (folder / THREADS).is_file():
        raise TurnstreamError(f"{folder} has no {THREADS}.")
    return folder


def _file_storage(folder: Path, *, needed: bool) -> FileStorage | None:
    """Where the deployment keeps files. None where there are none, or nobody can tell."""
    kept = deployment.files()
    if kept is not None:
        url, key = kept
        return FileStorage(Blobs(url), Links(key, lifetime=timedelta(0)))
    attachments = folder / ATTACHMENTS
    if needed and attachments.is_dir() and any(attachments.iterdir()):
        raise TurnstreamError(
            "The export has attachments: set BLOBS_URL and URL_SIGNING_KEY as the deployment has"
            " them, or say --without-files."
        )
    return None


def _report(counts: ImportCounts) -> Iterator[str]:
    for outcome, count in sorted(counts.threads.items()):
        yield f"{count:>8}  threads {outcome}"
    yield f"{counts.items:>8}  items"
    if counts.files:
        yield f"{counts.files:>8}  attachments with their bytes"
    if counts.names_only:
        yield f"{counts.names_only:>8}  attachments by name only"
    for reason, count in sorted(counts.left_out.items()):
        yield printable(f"{count:>8}  items left out: {reason}")
