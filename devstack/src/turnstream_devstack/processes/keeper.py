"""Restart what died though it should be running."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from turnstream_devstack.processes.child import EX_CONFIG, Child, last_words

LOOK = timedelta(milliseconds=50)
"""How often to look: a dead worker should be back long before its turns' leases run out."""

FIRST_PAUSE = timedelta(milliseconds=200)
LAST_PAUSE = timedelta(seconds=5)
"""A process that dies again and again is tried ever more slowly, so that its log stays readable."""

LINE = 200
"""As much of a log line as fits on a screen beside the rest."""

STEADY = timedelta(seconds=10)
"""After this long a start counts as a success, and the next death as a first one."""


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
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; nothing is restarted after this returns."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK.total_seconds()):
            for child in self._children():
                if child.wanted and not child.alive:
                    self._tend(child)
                else:
                    self._records.setdefault(child.name, _Record()).died = None

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
        steady = now - record.revived > STEADY.total_seconds()
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
    said = last_words(child.log).strip()[:LINE]
    return f"ended with {code}" + (f" ({said})" if said else "")
