"""The inspection of attachments: their bytes decide what they are, in a process of its own."""

import asyncio
import sys
from datetime import timedelta
from typing import BinaryIO

import orjson
from prometheus_client import Counter
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json
from turnstream.errors import AttachmentRefused, AttachmentTypeRefused, Unavailable
from turnstream.telemetry import get_logger

from turnstream_gateway.fair_concurrency import ConcurrencyLimit, ConcurrencyLimiter

log = get_logger(__name__)

REFUSED = Counter("turnstream_attachments_refused_total", "Attachments that were no good.")

INSPECTIONS = ConcurrencyLimit(
    "files_at_once", total=2, per_user=1, queue=40, timeout=timedelta(minutes=1)
)
"""Inspections at a time: each may take a processor and a gigabyte for a moment. One user has one at
a time, so that files which take long to open cost nobody else a wait."""
_SECONDS = 30.0
"""The longest one may take, waiting for a processor included."""


class Inspector:
    """Inspects bytes that strangers sent. Images of more than `pixels` are not opened."""

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels
        self._limiter = ConcurrencyLimiter(INSPECTIONS)

    async def inspect(self, owner: Owner, content: BinaryIO, claimed: str, clean: BinaryIO) -> Json:
        """What is known of a user's file of an allowed type; `inspection.py` says what.

        If it is `changed`, `clean` holds what should be kept in its stead.

        Raises `AttachmentTypeRefused` when it is of another type than it claims, and
        `AttachmentRefused` when it is damaged, locked, or too costly to open; `RateLimited` and
        `Unavailable` when no place is free in time.
        """
        async with self._limiter.place(owner):
            number = content.fileno()
            content.seek(0)
            found = await self._run(number, claimed, clean.fileno())
        content.seek(0)
        if "actual" in found:
            REFUSED.inc()
            raise AttachmentTypeRefused(f"It claims {claimed}; its bytes are {found['actual']}.")
        if "refused" in found:
            REFUSED.inc()
            raise AttachmentRefused(found["refused"])
        return found

    async def _run(self, content: int, claimed: str, clean: int) -> Json:
        # -I and an empty environment: no secrets, and no code from elsewhere.
        command = (
            sys.executable,
            "-I",
            "-m",
            "turnstream_gateway.files.inspection",
            claimed,
            str(self._pixels),
            str(clean),
        )
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=content, stdout=pipe, stderr=pipe, env={}, pass_fds=(clean,)
            )
        except OSError as error:
            raise Unavailable("Attachments can't be looked at right now.") from error
        try:
            async with asyncio.timeout(_SECONDS):
                output, complaint = await process.communicate()
        except TimeoutError:
            return {"refused": "It takes too long to open."}
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            last = complaint.decode(errors="replace").strip()[-200:]
            log.warning("inspection lost", status=process.returncode, claimed=claimed, last=last)
            return {"refused": "It takes too much memory or time to open."}
        found: Json = orjson.loads(output)
        return found
