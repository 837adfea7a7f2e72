"""A Valkey with a replica, and three Sentinels that watch over them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from turnstream_devstack.processes.leftovers import remove_scratch, scratch_dir
from turnstream_devstack.processes.spawning import Launch
from turnstream_devstack.servers.embedded import EmbeddedServer
from turnstream_devstack.servers.valkey import EmbeddedValkey, server_program

from tests.support.waiting import wait_until

MASTER = "turns"
"""What the Sentinels call it."""
_DOWN_AFTER = 1000
"""Milliseconds of silence after which a Sentinel thinks that a server is dead."""
_TIMEOUT = 30.0


class Replicated(EmbeddedValkey):
    """A server that may become the replica of another one with the same users."""

    def __init__(self, data_dir: Path, users: "Replicated | None" = None) -> None:
        super().__init__(data_dir)
        if users is not None:
            self._password, self._passwords = users._password, users._passwords
        self.extra = {"primaryauth": self._password, "repl-diskless-sync-delay": "0"}
        if users is not None:
            self.extra = {**self.extra, "replicaof": f"127.0.0.1 {users.port}"}

    def who(self, service: str = "") -> str:
        """The user and the password of a service; by default of who may do everything."""
        return self.url_for(service).partition("//")[2].rpartition("@")[0]

    @property
    def password(self) -> str:
        """Of the user who may do everything."""
        return self._password

    def role(self) -> dict[str, Any]:
        """What it says of itself and its replicas."""
        with Redis.from_url(self.url, socket_timeout=5) as client:
            told: dict[str, Any] = client.info("replication")
            return told


class Sentinel(EmbeddedServer):
    """One Sentinel."""

    program = "sentinel"

    def __init__(self, data_dir: Path, master: Replicated) -> None:
        super().__init__(data_dir)
        self._master = master

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://127.0.0.1:{self.port}"

    def wipe(self) -> None:
        """It has no data but what it found out."""

    def prepare(self) -> None:
        """Write the file in which it keeps what it finds out."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            self._file.write_text(
                f"port {self.port}\nbind 127.0.0.1\ndir {self.data_dir}\n"
                f"sentinel monitor {MASTER} 127.0.0.1 {self._master.port} 2\n"
                f"sentinel auth-pass {MASTER} {self._master.password}\n"
                f"sentinel down-after-milliseconds {MASTER} {_DOWN_AFTER}\n"
                f"sentinel failover-timeout {MASTER} 5000\n"
            )

    @property
    def _file(self) -> Path:
        return self.data_dir / "sentinel.conf"

    def launch(self) -> Launch:
        """Its command line."""
        command = (str(server_program()), str(self._file), "--sentinel")
        return Launch(command, env=os.environ, cwd=self.data_dir)

    def is_ready(self) -> bool:
        """Whether it knows the replica and the other Sentinels."""
        try:
            with Redis(port=self.port, socket_timeout=1) as client:
                state = client.sentinel_masters()[MASTER]
        except Exception:
            return False
        return bool(state["num-slaves"] == 1)


class Watched:
    """The servers and their Sentinels."""

    def __init__(self, data_dir: Path) -> None:
        first = Replicated(data_dir / "first")
        self.servers = [first, Replicated(data_dir / "second", first)]
        self.sentinels = [Sentinel(data_dir / f"sentinel-{n}", first) for n in range(3)]

    def url(self, service: str = "") -> str:
        """As `REDIS_URL`."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        return f"redis+sentinel://{self.servers[0].who(service)}@{hosts}/{MASTER}"

    @property
    def master(self) -> Replicated:
        """The one that the Sentinels call the master."""
        with Redis(port=self.sentinels[0].port) as client:
            _, port = client.sentinel_get_master_addr_by_name(MASTER)
        return next(each for each in self.servers if each.port == port)

    def start(self) -> None:
        """Start all of them, and wait until the Sentinels know each other."""
        for server in self.servers:
            server.start()
        wait_until(self._replicating, _TIMEOUT, "a replica that follows")
        for sentinel in self.sentinels:
            sentinel.start()
        wait_until(self._acquainted, _TIMEOUT, "Sentinels that know each other")

    def stop(self) -> None:
        """Stop all of them."""
        for each in (*self.sentinels, *self.servers):
            each.kill(hold=True)

    def restore(self, server: Replicated) -> None:
        """Start a server that died; the Sentinels make it a replica of the new master."""
        server.extra = {**server.extra, "replicaof": f"127.0.0.1 {self.master.port}"}
        server.start()
        wait_until(self._replicating, _TIMEOUT, "a replica that follows")

    def _replicating(self) -> bool:
        return any(
            each.role().get("connected_slaves") == 1 and each.role()["slave0"]["state"] == "online"
            for each in self.servers
        )

    def _acquainted(self) -> bool:
        for each in self.sentinels:
            with Redis(port=each.port) as client:
                if client.sentinel_masters()[MASTER]["num-other-sentinels"] != 2:
                    return False
        return True


@contextmanager
def watched_valkey() -> Iterator[Watched]:
    """A master, a replica and three Sentinels for the length of a block."""
    scratch = scratch_dir()
    watched = Watched(scratch)
    try:
        watched.start()
        yield watched
    finally:
        watched.stop()
        remove_scratch(scratch)
