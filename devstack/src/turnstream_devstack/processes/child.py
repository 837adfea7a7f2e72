"""A process that we start, watch and stop: the common part of servers and services."""

import json
import signal
import threading
from abc import ABC, abstractmethod
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from turnstream_devstack.processes import signals
from turnstream_devstack.processes.forking import ForkServer
from turnstream_devstack.processes.spawning import Launch, Process, spawn
from turnstream_devstack.processes.waiting import wait_until

START_TIMEOUT = timedelta(seconds=60)
"""How long a start may take: seconds on an idle machine, but tests share two cores."""

STOP_TIMEOUT = timedelta(seconds=30)
"""How long a process may take to end after being asked: a worker first ends the turns it can."""


EX_CONFIG = 78
"""Exit status of a process whose settings are wrong (sysexits.h): starting it again is no use."""


class StartFailed(Exception):
    """A process did not come up; the message holds the end of its log."""


class Child(ABC):
    """One process, under the same name, address and files however often it is started again."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, name: str, *, log: Path, pid_file: Path | None = None) -> None:
        self.name = name
        self.log = log
        self.wanted = False
        """Whether it should be running: true from a start until a stop, also across a crash."""
        self.fork_server: ForkServer | None = None
        """What starts it, where there is one."""
        self._pid_file = pid_file
        self._process: Process | None = None
        self._lock = threading.RLock()

    @abstractmethod
    def launch(self) -> Launch:
        """How to start the process."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the process does its work by now. Never raises."""

    def prepare(self) -> None:  # noqa: B027  # most need nothing
        """Make the files that a start needs, and remove those that would stop it."""

    @property
    def alive(self) -> bool:
        """Whether the process runs (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id. Raises `ProcessLookupError` while there is none."""
        if self._process is None or not self.alive:
            raise ProcessLookupError(f"{self.name} is not running")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the last run ended: negative for a signal, None while it runs."""
        return None if self._process is None else self._process.poll()

    def spawn(self) -> None:
        """Start the process and return at once; nothing happens if it already runs."""
        with self._lock:
            self.wanted = True
            if self.alive:
                return
            self.prepare()
            self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.log.touch(mode=0o600)
            with self.log.open("ab") as log:
                start = self.fork_server.spawn if self.fork_server else spawn
                self._process = start(self.launch(), log)
            if self._pid_file is not None:
                write_private(self._pid_file, f"{self._process.pid}\n")

    def revive(self) -> bool:
        """Start the process again if it died though it is wanted; says whether it had."""
        with self._lock:
            dead = self.wanted and not self.alive
            if dead:
                self.spawn()
            return dead

    def wait_ready(
        self, within: timedelta = START_TIMEOUT, *, cancelled: threading.Event | None = None
    ) -> None:
        """Return when the process is ready. Raises `StartFailed` if it ends or takes too long."""
        done = wait_until(lambda: not self.alive or self.is_ready(), within, cancelled=cancelled)
        if not done or not self.alive:
            end = f"ended with {self.exit_code}" if not self.alive else f"not ready in {within}"
            raise StartFailed(f"{self.name}: {end}\n{tail(self.log)}")

    def stop(self, within: timedelta = STOP_TIMEOUT) -> None:
        """Ask the process to end, wait, and kill it if it does not. It stays down."""
        self.ask_to_stop()
        self.wait_stopped(within)

    def ask_to_stop(self) -> None:
        """First half of `stop`, for stopping several at once."""
        with self._lock:
            self.wanted = False
            self.resume()  # a paused process would never hear of it
            self._send(self.stop_signal)

    def wait_stopped(self, within: timedelta = STOP_TIMEOUT) -> None:
        """Second half of `stop`."""
        if not wait_until(lambda: not self.alive, within):
            self.kill(hold=True)
        self.forget()

    def kill(self, *, hold: bool = False) -> None:
        """Crash the process (SIGKILL) and see it gone.

        In a stack it is then restarted like after any crash; `hold` keeps it down until `start`.
        """
        with self._lock:
            if hold:
                self.wanted = False
            if self._process is not None and self.alive:
                family = signals.family(self.pid)
                signals.send(family, signal.SIGKILL)
                self._process.wait()
                signals.wait_gone(family, STOP_TIMEOUT)

    def terminate(self) -> None:
        """Send SIGTERM, as a deploy does, without waiting. In a stack it is then started again."""
        self._send(signal.SIGTERM)

    def pause(self) -> None:
        """Freeze the process and its children (SIGSTOP): alive, connected, and silent."""
        signals.send(signals.family(self.pid), signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        if self.alive:
            signals.send(signals.family(self.pid), signal.SIGCONT)

    def forget(self) -> None:
        """Remove the pid file of a process that has ended."""
        if self._process is not None and self._pid_file is not None:
            self._pid_file.unlink(missing_ok=True)

    def _send(self, sent: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sent)  # does nothing once the process has been waited for


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but this user can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.chmod(0o600)  # of one that was there before
    path.write_text(text)


def last_log_line(log: Path) -> str:
    """The last line of a log; of a service that refused a setting, what it said of that."""
    line = tail(log, lines=1)
    try:
        entry = json.loads(line)
        return f"{entry['service']}: {entry['problem']}"
    except (ValueError, TypeError, KeyError):
        return line


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, which mostly says why its process ended."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
