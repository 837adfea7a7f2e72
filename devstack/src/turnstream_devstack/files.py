"""The data directory: what lies where, and who may use it."""

import fcntl
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from turnstream_devstack.processes.child import write_private
from turnstream_devstack.processes.leftovers import stop_services_of

_RUN_FILES = (
    "redis.url",
    "postgres.url",
    "store.url",
    "gateway.url",
    "internal.key",
    "supervisor.pid",
)
"""Files of `run` that are true while the stack runs."""


class AlreadyInUse(Exception):
    """Another process uses the data directory or the port that was asked for."""


@dataclass
class Files:
    """Pid files and addresses in `run`, logs in `log`, the servers' data beside them."""

    data_dir: Path
    _lock: IO[str] | None = field(default=None, repr=False)

    @property
    def run(self) -> Path:
        """Pid files and addresses."""
        return self.data_dir / "run"

    def pid(self, name: str) -> Path:
        """`run/<service>-<n>.pid`."""
        return self.run / f"{name}.pid"

    def log(self, name: str) -> Path:
        """`log/<service>-<n>.log`."""
        return self.data_dir / "log" / f"{name}.log"

    def claim(self) -> None:
        """Make the directories, keep other stacks out, clear away what a killed run left.

        The lock ends with this process, however it ends. Raises `AlreadyInUse` if another one holds
        it.
        """
        self._make_private()
        path = self.run / "supervisor.lock"
        path.touch(mode=0o600)
        path.chmod(0o600)
        lock = path.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise AlreadyInUse(
                f"{self.data_dir} is in use by a running stack: set DATA_DIR"
            ) from None
        self._lock = lock
        stop_services_of(self.data_dir, self.run.glob("*-*.pid"))
        write_private(self.pid("supervisor"), f"{os.getpid()}\n")
        for log in (self.data_dir / "log").glob("*.log"):
            log.replace(log.with_name(f"{log.name}.1"))

    def _make_private(self) -> None:
        """Close the directory to other users of the machine, and those that earlier versions made
        in it: users' files and the logs of their turns are there.
        """
        for name in ("", "run", "log", "secrets"):
            (self.data_dir / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for directory in (self.data_dir, *self.data_dir.iterdir()):
            if directory.is_dir() and directory.stat().st_uid == os.geteuid():
                directory.chmod(0o700)

    def secret(self, name: str) -> str:
        """`secrets/<name>`: made up once, for our own eyes, and the same in every later run."""
        path = self.data_dir / "secrets" / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text()

    def tell(self, name: str, text: str, kind: str = "url") -> None:
        """Write an address to `run/<name>.url`, for our own eyes: it may hold a password."""
        write_private(self.run / f"{name}.{kind}", f"{text}\n")

    def release(self) -> None:
        """Let others have the directory, and remove what would mislead them. Safe to repeat."""
        if self._lock is None:
            return
        for name in _RUN_FILES:
            (self.run / name).unlink(missing_ok=True)
        self._lock.close()
        self._lock = None
