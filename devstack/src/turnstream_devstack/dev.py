"""What `turnstream dev` does beside `turnstream up`: it reloads, and opens the chat page."""

import os
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from turnstream_devstack import screen
from turnstream_devstack.reload import reloading
from turnstream_devstack.stack import Stack


@contextmanager
def developing(stack: Stack, watched: Sequence[Path], *, browser: bool) -> Iterator[None]:
    """Open the chat page if a person looks on, and reload until the end of the block."""
    folders = ", ".join(
        ["Python files here", *(f"all in {screen.shown(each)}" for each in watched)]
    )
    screen.event(f"reloads when what is saved changes: {folders}")
    if browser and sys.stdout.isatty() and _has_windows() and stack.gateway_urls:
        webbrowser.open(stack.gateway_urls[0])
    with reloading(stack, watched, screen.event):
        yield


def _has_windows() -> bool:
    """False where `webbrowser` would find but a browser for terminals, which takes this one."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
