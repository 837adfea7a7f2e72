"""Restart what died though it should be running."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from turnstream_devstack.processes.child import EX_CONFIG, Child, last_log_line

POLL_INTERVAL = timedelta(milliseconds=50)
"""How often to look where the kernel does not tell of deaths, and while one is to be brought back:
a dead worker should be back long before its turns' leases run out."""
IDLE_INTERVAL = timedelta(seconds=1)
"""How often to look for children that were started meanwhile, while all that are known run."""

FIRST_PAUSE = timedelta(milliseconds=200)
LAST_PAUSE = timedelta(seconds=5)
"""A process that dies again and again is tried ever more slowly, so that its log stays readable."""

LINE = 200
"""The longest part of a log line that fits on a screen beside the rest."""

MIN_UPTIME = timedelta(seconds=10)
"""The time after which a start counts as a success, and the next death as a first one."""


_tells_of_deaths = hasattr(os, "pidfd_open")
"""Whether the kernel does: Linux since 5.3."""


@dataclass
class _Record:
    pause: timedelta = timedelta(0)
    died: float | None = None
    revived: float = 0.0


class Keeper:
    """A thread that watches children, and brings them back with a growing pause between tries."""

    def __init__(
        self, children: Callable[[], Sequence[Child]], *, restart: bool, note: Callable[[str], None]
    ) -> None:
        self._children = children
        self._restart = restart
        self._note = note
        self._records: dict[str, _Record] = {}
        self._stopping = threading.Event()
        self._wake_reader, self._wake_writer = -1, -1
        """Both ends of a pipe, which ends a wait for deaths."""
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._wake_reader, self._wake_writer = os.pipe()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; nothing is restarted after this returns."""
        self._stopping.set()
        if self._thread.is_alive():
            os.write(self._wake_writer, b"!")
            self._thread.join()
            os.close(self._wake_writer)
            os.close(self._wake_reader)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            children = self._children()
            for child in children:
                if child.wanted and not child.alive:
                    self._tend(child)
                else:
                    self._records.setdefault(child.name, _Record()).died = None
            if _tells_of_deaths and all(child.alive for child in children):
                self._wait_for_a_death(children)
            else:
                self._stopping.wait(POLL_INTERVAL.total_seconds())

    def _wait_for_a_death(self, children: Sequence[Child]) -> None:
        """Return when one of them may have ended, when it is time to look again, or to stop."""
        with ExitStack() as stack:
            watched = select.poll()
            watched.register(self._wake_reader, select.POLLIN)
            for child in children:
                try:
                    found = os.pidfd_open(child.pid)
                except OSError:  # it has just ended, or the kernel is too old
                    self._stopping.wait(POLL_INTERVAL.total_seconds())
                    return
                stack.callback(os.close, found)
                watched.register(found, select.POLLIN)
            watched.poll(IDLE_INTERVAL.total_seconds() * 1000)

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        record = self._records.setdefault(child.name, _Record())
        if record.died is None:
            record.died = now
            self._report(child, record, now)
        elif child.exit_code == EX_CONFIG:
            return
        elif self._restart and now - record.died >= record.pause.total_seconds():
            record.died, record.revived = None, now
            self._revive(child)

    def _report(self, child: Child, record: _Record, now: float) -> None:
        child.forget()
        if child.exit_code == EX_CONFIG:
            self._note(f"{child.name} {_end(child)}; not restarted, its settings are wrong")
            return
        if not self._restart:
            self._note(f"{child.name} {_end(child)}; not restarted (RESTART=0)")
            return
        steady = now - record.revived > MIN_UPTIME.total_seconds()
        record.pause = (
            FIRST_PAUSE if steady else min(max(record.pause * 2, FIRST_PAUSE), LAST_PAUSE)
        )
        pause = record.pause.total_seconds()
        self._note(f"{child.name} {_end(child)}; starting it again in {pause:.1f} s")

    def _revive(self, child: Child) -> None:
        try:
            child.revive()
        except (OSError, RuntimeError) as failure:  # must not end the watch over the others
            self._note(f"{child.name} could not be started: {failure}")


def _end(child: Child) -> str:
    """How a child ended, with the end of its log if nobody stopped it."""
    code = child.exit_code or 0
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    last_line = last_log_line(child.log).strip()[:LINE]
    return f"ended with {code}" + (f" ({last_line})" if last_line else "")
