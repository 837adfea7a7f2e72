"""Loopback ports that stay free while their owner restarts."""

import random
import socket

# Below the range that systems hand out for outgoing connections (32768 on Linux, 49152 on macOS): a
# client that keeps calling a server which is down could otherwise be given the server's own port.
_PORTS = range(20_000, 32_000)

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
    """A free loopback port, never the same one twice in this process."""
    for port in random.sample(_PORTS, k=len(_PORTS)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {_PORTS.start} and {_PORTS.stop}")
