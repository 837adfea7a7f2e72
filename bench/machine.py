"""Where and with what the figures were made: without it no two runs can be compared."""

import os
import platform
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import psutil

_PACKAGES = ("openai-chatkit", "openai-agents", "openai", "uvicorn", "uvloop", "redis", "asyncpg")


def facts() -> dict[str, Any]:
    """The facts of this machine and this checkout, before the first round."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "processors": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "load before": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "disk flush": disk_flush(),
    }


@cache
def disk_flush() -> float:
    """Seconds until a page is safe on the disk of the temporary files, which also holds our data.

    Every commit waits for it; a server that keeps everything in memory does not. Measured once.
    """
    flush, page, taken = getattr(os, "fdatasync", os.fsync), b"x" * 8192, []
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(page * 100)  # a flush that makes the file longer takes longer
        flush(file.fileno())
        file.seek(0)
        for _ in range(100):
            time.sleep(0.01)  # a flush right behind another takes less than one of a quiet disk
            began = time.perf_counter()
            file.write(page)
            flush(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no repository."""
    asked = subprocess.run(("git", *arguments), capture_output=True, text=True, check=False)
    return asked.stdout.strip()
