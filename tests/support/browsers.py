"""A browser that is already on this machine: none is downloaded."""

import os
import shutil

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)


def chromium() -> str | None:
    """The program of `CHROMIUM`, or any Chromium, Chrome or Edge on PATH; None without one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, _NAMES)), None)


def arguments() -> list[str]:
    """What it is started with: as root it has no sandbox."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []
