"""Whether a worker could load its apps: `turnstream check` says so, in a process of its own."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from turnstream.doctor.findings import Finding, failure, ok, warning
from turnstream.doctor.probe import Kind, Probe, Target

_LIMIT = timedelta(minutes=3)
"""The SDKs alone take seconds to import on a small machine, and an app may load a model."""
_COMMAND = (sys.executable, "-m", "turnstream.cli", "check", "--json")
_LAST = 3
"""Lines of what a process said before it died."""


async def look(_target: Target) -> Sequence[Finding]:
    """What `turnstream check` finds in the apps of `ASSISTANT` and `WORKFLOWS`."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        printed, errors = await process.communicate()
    finally:
        with suppress(ProcessLookupError):  # it has ended
            process.kill()
    try:
        found = [_finding(each) for each in json.loads(_list_in(printed.decode()))]
    except ValueError:
        last = " ".join(errors.decode(errors="replace").strip().splitlines()[-_LAST:])
        return [failure(f"the app could not be looked at: {last}", "Run `turnstream check`.")]
    bad = [each for each in found if each is not None]
    return bad or [ok("a worker can load the app (`turnstream check`)")]


def _list_in(printed: str) -> str:
    """The JSON at the end: an app may print something when it is imported."""
    return printed[printed.rfind("\n[") + 1 :] if not printed.startswith("[") else printed


def _finding(each: dict[str, str]) -> Finding | None:
    location = f" ({each['file']}:{each['line']})" if each["file"] else ""
    message = f"{each['app']}: {each['message']}{location}"
    match each["severity"]:
        case "refused":
            return failure(message, each["remedy"])
        case "warning":
            return warning(message, each["remedy"])
    return None  # a note is no fault


PROBE = Probe(Kind.APP, look, _LIMIT)
