"""Start processes that cannot outlive this one, however it ends.

On Linux the kernel signals them when this process dies, even by SIGKILL. Elsewhere there is no such
promise; what a killed run leaves behind is then stopped by the next one (see `leftovers`).
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from turnstream_devstack.processes.account import Account

PYTHON_MODULE = (sys.executable, "-P", "-m")
"""How a command begins that runs a module of ours. Not with the current folder first, where a file
of an app could hide what a service needs: it is on PYTHONPATH, which services look at last."""

PRIVATE = 0o077
"""The umask of every process: what it writes is for its own user alone."""

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

# The kernel sends the signal when the *thread* that forked ends, so all forks come from one thread
# that lives as long as the process.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


@dataclass(frozen=True)
class Launch:
    """How one process is to be started."""

    command: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    account: Account | None = None
    """The account to run as; our own without it."""
    libraries: Sequence[str] = ()
    """What a command of `PYTHON_MODULE` imports first of all. Named here, the process can be forked
    from one that has imported it: see `forking`."""
    stdin: int = subprocess.DEVNULL
    death_signal: signal.Signals = signal.SIGKILL
    """What the process gets when we die: by default something it can neither miss nor outsit."""


class Process(Protocol):
    """What a supervisor needs of a process that it started, as `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended."""

    def send_signal(self, number: int, /) -> None:
        """Signal it, if it still runs."""

    def kill(self) -> None:
        """End it at once, if it still runs."""


def spawn(launch: Launch, log: IO[bytes]) -> Process:
    """Start a process in a session of its own, so that Ctrl-C in the terminal reaches only us."""
    return _forker.submit(_fork, launch, log).result()


def _fork(launch: Launch, log: IO[bytes]) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    account = launch.account
    # preexec_fn runs after the change of user, as it must: that change clears the death signal.
    # With threads about it is safe only because it takes no lock: it calls two C functions.
    return subprocess.Popen(
        launch.command,
        env=dict(launch.env),
        cwd=launch.cwd,
        stdin=launch.stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=PRIVATE,
        preexec_fn=lambda: die_with_parent(parent, launch.death_signal),
    )


def die_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel signal this process when its parent dies."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it died before the kernel was asked
        os._exit(1)


def take_name(name: str) -> None:
    """Have `top` and `ps -o comm` show this process by a name. The kernel keeps 15 bytes of it."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode())
