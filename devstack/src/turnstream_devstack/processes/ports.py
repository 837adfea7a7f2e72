"""Loopback ports that stay free while their owner restarts."""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

# Below the range that systems hand out for outgoing connections (32768 on Linux, 49152 on macOS): a
# client that keeps calling a server which is down could otherwise be given the server's own port.
_PORTS = range(20_000, 32_000)

_CLAIMS = Path(tempfile.gettempdir()) / f"turnstream-ports-{os.getuid()}"
_given: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free loopback port, never the same one twice in this process.

    Nobody listens there until some server has started, seconds later. So each port that is given is
    claimed until this process ends: test runs start many servers at the same time.
    """
    for port in random.sample(_PORTS, k=len(_PORTS)):
        if port not in _given and is_free(port) and _claim(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {_PORTS.start} and {_PORTS.stop}")


def _claim(port: int) -> bool:
    """Lock the port's byte of a file; False where another process has it."""
    if (claims := _claims()) is None:
        return True
    try:
        fcntl.lockf(claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _claims() -> int | None:
    """The file, which stays open: to close it would give up every claim. None where it can't be
    had: then ports are chosen by chance alone.
    """
    try:
        return os.open(_CLAIMS, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
