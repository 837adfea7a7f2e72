"""A command of the wheels that runs in a folder of its own."""

import signal
import subprocess
from pathlib import Path
from typing import Self

import psutil
from turnstream_devstack.processes.ports import free_port

from tests.support.waiting import wait_until
from tests.wheels.environments import Environment

START = 200.0
"""Seconds that a start may take: much on two cores that other tests keep busy."""
_END = 60.0


class Running:
    """A process, and all that it started: `with Running(environment, folder, "dev")`."""

    def __init__(
        self, environment: Environment, folder: Path, *arguments: str, **settings: str
    ) -> None:
        self._output = folder / f"{arguments[0]}.out"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [environment.command, *arguments],
                cwd=folder,
                env=environment.variables | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._all: list[psutil.Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._output.read_text()

    def wait_for(self, text: str, timeout: float = START) -> None:
        """Return when it has printed a text."""
        wait_until(lambda: text in self.said or self.process.poll() is not None, timeout, text)
        assert text in self.said, self.said

    def stop(self, wish: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end, as Ctrl-C does; its exit status."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(wish)
        status = self.process.wait(_END)
        left = [each for each in family if each.is_running() and not _is_zombie(each)]
        assert not left, f"{left} are left of {self.said}"
        return status


class System(Running):
    """`turnstream dev` or `turnstream up`, once a turn can be served."""

    def __init__(
        self, environment: Environment, folder: Path, *arguments: str, **settings: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        told = (*arguments, "--port", str(self.port))
        super().__init__(environment, folder, *told, **settings)

    def __enter__(self) -> Self:
        try:
            self.wait_for(f"ready {self.url}\n")
        except BaseException:
            super().__exit__()
            raise
        return self


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
