"""A TCP line to a server that a test can cut, as lost networks do."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` a reset."""


class Line:
    """A port whose connections lead to a server, until they are cut."""

    def __init__(self, server: str) -> None:
        """`server` is the address that the port leads to, such as `http://127.0.0.1:8000`."""
        self._server = urlsplit(server)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._held: set[socket.socket] = set()
        self.cuts = 0
        """Connections that were cut so far."""
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset every connection that there is. New ones are let through."""
        for each in list(self._open):
            self.cuts += 1
            self._drop(each)

    def silence(self) -> None:
        """Let nothing through on the connections that there are, which stay open. New ones work."""
        self._held |= self._open

    def close(self) -> None:
        """Cut all, and let nothing through any more."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(
                        (self._server.hostname or "", self._server.port or 80)
                    )
                except OSError:
                    self._drop(client)
                    continue
                self._open |= {client, server}
                for source, target in ((client, server), (server, client)):
                    threading.Thread(
                        target=self._pass_on, args=(source, target), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if source not in self._held:
                    target.sendall(data)
        self._drop(source)
        self._drop(target)

    def _drop(self, each: socket.socket) -> None:
        self._open.discard(each)
        self._held.discard(each)
        with suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            each.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
        each.close()


@contextmanager
def line_to(server: str) -> Iterator[Line]:
    """A line to a server, for the length of a block."""
    line = Line(server)
    try:
        yield line
    finally:
        line.close()
