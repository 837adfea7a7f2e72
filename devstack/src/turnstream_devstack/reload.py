"""Run an app's new code as soon as its files are saved, and lose no answer that is written."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from turnstream_devstack.options import setting
from turnstream_devstack.processes.child import StartFailed
from turnstream_devstack.processes.waiting import WaitCancelled
from turnstream_devstack.stack import Stack

_STEP = 100
"""Milliseconds without another change after which files count as saved: an editor, or a change of
branch, writes several."""
_NAMED = 3
"""Files that are named in a line about a change."""


class AppFiles(DefaultFilter):
    """Which changes matter: of Python files in the current folder, and of every file in the others
    that are watched. Caches, environments and what a stack writes itself do not.
    """

    def __init__(self, others: Sequence[Path], data_dir: Path) -> None:
        super().__init__(ignore_paths=[data_dir, data_dir.resolve()])
        self._others = others

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a change matters."""
        wanted = path.endswith(".py") or any(map(Path(path).is_relative_to, self._others))
        return wanted and super().__call__(change, path)


@contextmanager
def reloading(stack: Stack, others: Sequence[Path], say: Callable[[str], None]) -> Iterator[None]:
    """Replace what runs an app's code when its files change, until the end of the block.

    A thread does it, one change after another: what changes meanwhile is the next one.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(stack, [each.absolute() for each in others], say, ended), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        stack.interrupt()  # a replacement that is under way
        thread.join()


def _watch(
    stack: Stack, others: Sequence[Path], say: Callable[[str], None], ended: threading.Event
) -> None:
    changes = watch(
        Path.cwd(),
        *others,
        watch_filter=AppFiles(others, stack.data_dir),
        step=_STEP,
        stop_event=ended,
        ignore_permission_denied=True,
    )
    for change in changes:
        paths = sorted({path for _, path in change})
        say(f"{_named(paths)} changed")
        try:
            _check_syntax(paths)
            _replace(stack, say)
        except WaitCancelled:
            return
        except (StartFailed, RuntimeError, OSError) as failure:
            say(f"the new code does not start, the old one goes on: {failure}")


def _check_syntax(paths: Sequence[str]) -> None:
    """Say at once what a new process would find out after seconds. Raises `StartFailed`."""
    for path in paths:
        if path.endswith(".py") and Path(path).exists():
            try:
                compile(Path(path).read_bytes(), os.path.relpath(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                raise StartFailed(f"{type(error).__name__}: {error}") from error


def _replace(stack: Stack, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    for kind in _kinds(stack):
        stack.replace(kind)
    say(f"the new code answers after {time.monotonic() - began:.1f} s")


def _kinds(stack: Stack) -> list[str]:
    """The services that have an app's code in them, in the order of replacing: a new tool is there
    when a worker that offers it is.
    """
    tools = setting({**os.environ, **stack.env}, "TOOLS")
    return ["tools", "agent-worker"] if tools not in ("", "none") else ["agent-worker"]


def _named(paths: Sequence[str]) -> str:
    names = [os.path.relpath(path) for path in paths]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
