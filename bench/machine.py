"""Where and with what the figures were made: without it no two runs can be compared."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import psutil

_PACKAGES = ("openai-chatkit", "openai-agents", "openai", "uvicorn", "uvloop", "redis", "asyncpg")


def facts() -> dict[str, Any]:
    """Of this machine and this checkout, before the first round."""
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
    }


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no repository."""
    asked = subprocess.run(("git", *arguments), capture_output=True, text=True, check=False)
    return asked.stdout.strip()
