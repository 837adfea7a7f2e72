"""Start services by forking them from a process that has imported the libraries that they import.

Libraries are most of what a service imports, imports are most of what it does until it is ready,
and all services need much the same. Forked ones are ready the sooner, and share the memory.

For each start the supervisor makes a pair of sockets. It writes one line, what to run, and reads
one with the process's id; when the process has ended, a second one holds its exit code, negative
for a signal.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import IO

from turnstream_devstack.processes.spawning import PYTHON_MODULE, Launch, Process, spawn

_PROGRAM = (*PYTHON_MODULE, "turnstream_devstack.processes.fork_server")
_STDERR = 2
_FOR_A_START = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "GLIBC_")
"""How variables begin that count when a program starts, and not later."""
_TIMEOUT = 60.0
"""Seconds that a fork may take: libraries may have to be imported first, on a busy machine."""
_IS_SAFE = sys.platform == "linux"
"""Elsewhere what a library holds of the system does not always bear a fork (macOS), and nothing
would end the services of a fork server that was killed."""


class ForkServer:
    """Starts processes, those that can be forked by a fork and all others as `spawning.spawn` does.

    Any thread may use it. When the fork server is gone, and for an environment that asks something
    else of Python itself, a process is started in the usual way: later, and no worse.
    """

    def __init__(self, libraries: Iterable[str], env: Mapping[str, str]) -> None:
        """Begin to import these, with an environment like that of the processes to come."""
        libraries = list(libraries)
        self._for_a_start = _for_a_start(env)
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._ours: socket.socket | None = None
        if libraries and _IS_SAFE:
            self._ours, theirs = socket.socketpair()
            with theirs, os.fdopen(os.dup(_STDERR), "wb") as log:
                launch = Launch((*_PROGRAM, *libraries), env=env, stdin=theirs.fileno())
                self._process = spawn(launch, log)

    def spawn(self, launch: Launch, log: IO[bytes]) -> Process:
        """Start a process that writes to `log`."""
        forked = self._fork(launch, log) if self._can_fork(launch) else None
        return forked or spawn(launch, log)

    def close(self) -> None:
        """End the fork server at once. What was forked ends with it."""
        with self._lock:
            if self._ours is not None and self._process is not None:
                self._ours.close()
                self._process.kill()
                self._process.wait()
                self._ours = None

    def _can_fork(self, launch: Launch) -> bool:
        is_module = tuple(launch.command[: len(PYTHON_MODULE)]) == PYTHON_MODULE
        is_alike = _for_a_start(launch.env) == self._for_a_start
        return is_module and is_alike and bool(launch.libraries)

    def _fork(self, launch: Launch, log: IO[bytes]) -> "ForkedProcess | None":
        module, *arguments = launch.command[len(PYTHON_MODULE) :]
        request = {
            "module": module,
            "arguments": arguments,
            "env": dict(launch.env),
            "libraries": list(launch.libraries),
        }
        ours, theirs = socket.socketpair()
        ours.settimeout(_TIMEOUT)
        try:
            with theirs, self._lock:
                if self._ours is None:
                    raise BrokenPipeError
                socket.send_fds(self._ours, [b"!"], [log.fileno(), theirs.fileno()])
            ours.sendall(json.dumps(request).encode() + b"\n")
            return ForkedProcess(int(_line(ours)), ours)
        except (OSError, ValueError):  # it hangs, or ended without sending a process id
            ours.close()
            return None


class ForkedProcess:
    """A process that was forked, as `subprocess.Popen` has one that we started ourselves."""

    def __init__(self, pid: int, end: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = end
        self._lock = threading.RLock()

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `TimeoutExpired` if it runs for so many seconds more."""
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Signal it, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                self._end.settimeout(timeout)
                with contextlib.suppress(TimeoutError, BlockingIOError):
                    # Of a fork server that was killed the kernel has ended all processes.
                    self.returncode = int(_line(self._end) or -signal.SIGKILL)
                    self._end.close()
            return self.returncode


def _for_a_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_FOR_A_START)}


def _line(end: socket.socket) -> bytes:
    """A line; empty where none comes any more. Byte by byte: the next one may be there already."""
    line = b""
    with contextlib.suppress(ConnectionResetError):
        while not line.endswith(b"\n") and (byte := end.recv(1)):
            line += byte
    return line
