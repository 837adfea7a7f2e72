"""What an embedded Valkey and an embedded Postgres have in common."""

from abc import abstractmethod
from pathlib import Path

from turnstream_devstack.processes.child import Child
from turnstream_devstack.processes.ports import free_port


class EmbeddedServer(Child):
    """A server on a loopback port. It keeps its port and its data across restarts.

    Data survives a kill of the server in any case. With `durable` it also survives a crash of the
    machine, as far as the server promises that.
    """

    program: str
    """The name of the process, and of its files."""

    def __init__(
        self,
        data_dir: Path,
        *,
        durable: bool = False,
        log: Path | None = None,
        pid_file: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        log = log or self.data_dir / f"{self.program}.log"
        super().__init__(self.program, log=log, pid_file=pid_file)
        self.port = free_port()
        self._durable = durable

    @property
    @abstractmethod
    def url(self) -> str:
        """How to reach the server. There is one from the first start on."""

    @abstractmethod
    def wipe(self) -> None:
        """Delete the data. The server must not run."""

    def start(self, *, wipe: bool = False) -> str:
        """Start the server, with `wipe` empty; return its URL when it takes connections."""
        if wipe and not self.alive:
            self.wipe()
        self.spawn()
        self.wait_ready()
        return self.url

    def restart(self, *, wipe: bool = False) -> str:
        """Stop the server in order and start it on the same port, with `wipe` without its data."""
        self.stop()
        return self.start(wipe=wipe)
