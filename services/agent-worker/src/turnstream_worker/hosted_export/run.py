"""An export from its beginning to its end: several threads are read at a time, and kept in order.

What is held in memory is a page of threads, and a page of items for each thread that is read. The
lines of long threads lie on disk until it is their turn.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

from openai import AsyncOpenAI
from turnstream.errors import TurnstreamError

from turnstream_worker.hosted_export.attachments import AttachmentMissing, Downloads, client
from turnstream_worker.hosted_export.reading import (
    PAGE,
    RETRIES,
    TIMEOUT,
    HostedThreads,
    Json,
    ThreadGone,
)
from turnstream_worker.hosted_export.writing import ExportCounts, ExportFolder

_IN_MEMORY = 1024 * 1024
"""Bytes of a thread's line beyond which it waits on disk."""


class ReadThread(NamedTuple):
    """A thread that was read."""

    id: str
    line: IO[bytes] | None
    """The line to be written; None for a thread that is gone."""
    counts: ExportCounts
    missing: list[str]
    """What to tell of attachments."""


async def export(options: argparse.Namespace) -> None:
    """Write the folder that the options ask for. Raises `TurnstreamError` and `OSError`."""
    key = os.environ.get("OPENAI_API_KEY", "")
    if not key:
        raise TurnstreamError("OPENAI_API_KEY must be set: a key of the project with the threads.")
    api = AsyncOpenAI(api_key=key, base_url=options.base_url, max_retries=RETRIES, timeout=TIMEOUT)
    with ExportFolder(options.folder, options.base_url, options.user) as folder:
        async with api, client() as http:
            downloads = Downloads(http, options.base_url, key, folder.path)
            await _copy(HostedThreads(api), downloads, folder, options.at_once)
    missing = folder.state.counts.missing
    if missing:
        print(f"{missing} attachments could not be had: their messages name them.")
    print(f"done. Next: turnstream import {folder.path}")


async def _copy(
    hosted: HostedThreads, downloads: Downloads, folder: ExportFolder, at_once: int
) -> None:
    state = folder.state
    if state.last_id is not None:
        print(f"going on after {state.last_id}, with {_summary(state.counts)}", flush=True)
    threads = hosted.threads(state.user, state.last_id)
    read = _in_order(threads, hosted, downloads, at_once)
    reported = state.counts.threads
    async with aclosing(threads), aclosing(read):
        async for thread in read:
            for missing in thread.missing:
                print(missing, file=sys.stderr)
            if thread.line is None:
                folder.leave_out(thread.id)
                continue
            with thread.line:
                folder.add(thread.id, thread.line, thread.counts)
            if state.counts.threads >= reported + PAGE:
                reported = state.counts.threads
                print(f"{_summary(state.counts)}, up to {thread.id}", flush=True)
    print(_summary(state.counts), flush=True)


async def _in_order(
    threads: AsyncGenerator[Json, None], hosted: HostedThreads, downloads: Downloads, at_once: int
) -> AsyncGenerator[ReadThread, None]:
    """Threads as they were listed, so many read at a time."""
    under_way = deque[asyncio.Task[ReadThread]]()
    try:
        async for thread in threads:
            if len(under_way) == at_once:
                yield await under_way.popleft()
            under_way.append(asyncio.create_task(_read(thread, hosted, downloads)))
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        for left in await asyncio.gather(*under_way, return_exceptions=True):
            if isinstance(left, ReadThread) and left.line is not None:
                left.line.close()


async def _read(thread: Json, hosted: HostedThreads, downloads: Downloads) -> ReadThread:
    line = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the writer closes it
    items, kept, missing = 0, 0, list[str]()
    try:
        line.write(b'{"thread":' + _text(thread) + b',"items":[')
        async for item in hosted.items(thread["id"]):
            line.write((b"," if items else b"") + _text(item))
            items += 1
            for attachment in item.get("attachments") or ():
                try:
                    await downloads.fetch(attachment["id"], attachment.get("preview_url"))
                    kept += 1
                except AttachmentMissing as reason:
                    missing.append(f"{thread['id']}: attachment {attachment['id']}: {reason}")
        line.write(b"]}\n")
    except ThreadGone:
        line.close()
        return ReadThread(thread["id"], None, ExportCounts(), missing)
    except BaseException:
        line.close()
        raise
    return ReadThread(thread["id"], line, ExportCounts(1, items, kept, len(missing)), missing)


def _text(document: Any) -> bytes:
    """JSON that says what came: also numbers of any length, and halves of characters."""
    return json.dumps(document, separators=(",", ":")).encode()


def _summary(counts: ExportCounts) -> str:
    copied = f"{counts.threads} threads, {counts.items} items, {counts.attachments} attachments"
    return f"{copied} ({counts.missing} missing)" if counts.missing else copied
