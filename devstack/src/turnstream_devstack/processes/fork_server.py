"""The process that services are forked from: it has imported the libraries that they import.

`python -P -m turnstream_devstack.processes.fork_server LIBRARY…`, with a socket of the supervisor's
as its standard input; `forking` is the other end, and has the words of both. It imports one library
after another, and before it forks those that the new process will need.

It runs on one thread and starts no event loop, so a fork is safe. It never imports modules of
Turnstream or of an app. So every service imports its own, and shares no module state or metrics
with another.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from turnstream.process import app_path

from turnstream_devstack.processes.spawning import die_with_parent, take_name

_IN_ORDER = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that a service ends in order at. Here they would take all services along: the end of the
supervisor's socket is what ends this process."""


@dataclass(frozen=True)
class _Program:
    """What a forked process is to do."""

    module: str
    arguments: Sequence[str]
    env: dict[str, str]
    log: int

    def run(self) -> None:
        """Be the service, as `python -m` would make it one."""
        os.dup2(self.log, sys.stdout.fileno())
        os.dup2(self.log, sys.stderr.fileno())
        os.close(self.log)
        os.environ.clear()
        os.environ.update(self.env)
        time.tzset()
        take_name(self.env.get("INSTANCE", self.module))
        sys.argv[1:] = self.arguments
        sys.exit(import_module(_main_of(self.module)).main(*self.arguments))


class _Server:
    def __init__(self, supervisor: socket.socket, libraries: Sequence[str]) -> None:
        self._supervisor = supervisor
        self._to_import = deque(libraries)
        self._children: dict[int, socket.socket] = {}

    def serve(self) -> _Program | None:
        """Fork until the supervisor is gone; None then. In each process that is forked it returns
        what that one is to do.
        """
        signal.signal(signal.SIGCHLD, self._report_ends)  # also in the middle of an import
        for each in _IN_ORDER:
            signal.signal(each, signal.SIG_IGN)
        asked_for = select.poll()
        asked_for.register(self._supervisor, select.POLLIN)
        while True:
            if asked_for.poll(0 if self._to_import else None):
                word, files, _, _ = socket.recv_fds(self._supervisor, 1, 2)
                if not word:
                    return None
                log, asked = files
                if (program := self._fork(log, socket.socket(fileno=asked))) is not None:
                    return program
            else:
                _import([self._to_import.popleft()])

    def _fork(self, log: int, asked: socket.socket) -> _Program | None:
        """Fork for a request. `asked` gets the process's id, and its exit code at the end."""
        with asked.makefile("rb") as lines:
            request = json.loads(lines.readline())
        _import(request.pop("libraries"))
        program = _Program(**request, log=log)
        gc.freeze()  # what is shared is not looked through, which would copy it
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # it may end before it is known
        child = os.fork()
        if child:
            self._children[child] = asked
            os.close(log)
            if not _send(asked, str(child)):  # nobody waits any more, and may have started another
                os.kill(child, signal.SIGKILL)
        else:
            die_with_parent(parent, signal.SIGKILL)
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(each, signal.SIG_DFL)
            for inherited in (self._supervisor, asked, *self._children.values()):
                inherited.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        return None if child else program

    def _report_ends(self, *_: object) -> None:
        """Several may have ended: signals that wait become one."""
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                child, status = found
                asked = self._children.pop(child)
                _send(asked, str(os.waitstatus_to_exitcode(status)))
                asked.close()


def _import(libraries: Sequence[str]) -> None:
    with app_path.AppFoldersLast():  # a file of an app must not be imported in place of a library
        for each in libraries:
            with suppress(ImportError):  # the service that needs it fails with a better word
                import_module(each)


def _main_of(module: str) -> str:
    """What `python -m` runs."""
    found = find_spec(module)
    is_package = found is not None and found.submodule_search_locations is not None
    return f"{module}.__main__" if is_package else module


def _send(asked: socket.socket, word: str) -> bool:
    """Whether somebody still listens."""
    try:
        asked.sendall(f"{word}\n".encode())
    except OSError:
        return False
    return True


def main() -> None:
    """Serve on standard input, and in each forked process be what was asked for."""
    gc.disable()
    supervisor = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    program = _Server(supervisor, sys.argv[1:]).serve()
    if program is not None:
        program.run()


if __name__ == "__main__":
    main()
