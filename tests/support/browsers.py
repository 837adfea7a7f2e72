"""A browser that is already on this machine: none is downloaded."""

import os
import shutil

from playwright.sync_api import ConsoleMessage, Page

NAMES = (
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
    return next(filter(None, map(shutil.which, NAMES)), None)


def arguments() -> list[str]:
    """What it is started with. As root it has no sandbox. Letters are as wide as their font says,
    and smoothed without colours, on every machine.
    """
    same = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"]
    return [*same, "--no-sandbox"] if os.geteuid() == 0 else same


_REFUSALS = ("Policy", "requires 'Trusted")
"""What stands in a browser's complaint about what a policy, or Trusted Types, refused."""


def troubles(page: Page) -> list[str]:
    """What goes wrong in a page from now on: what it throws, and what its policy refuses."""
    wrong: list[str] = []

    def told(line: ConsoleMessage) -> None:
        if any(refusal in line.text for refusal in _REFUSALS):
            wrong.append(line.text)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", told)
    return wrong
