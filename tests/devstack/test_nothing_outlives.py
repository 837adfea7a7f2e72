"""`make up` keeps its contract from outside, and however it ends, nothing of it is left running."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from turnstream_devstack.processes.ports import free_port, is_free
from turnstream_devstack.processes.waiting import wait_until

ROOT = Path(__file__).parents[2]
SOON = timedelta(seconds=20)
UP = f"{sys.executable} -m tests.devstack.fakes"
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel ends children")


class Run:
    """A supervisor that was started from outside, and all that it started."""

    def __init__(self, data_dir: Path, command: str = UP) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self._output = data_dir.with_suffix(".out")
        settings = {"PORT": str(self.port), "DATA_DIR": str(data_dir), "WORKERS": "1"}
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                command.split(),
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        assert wait_until(lambda: f"ready http://127.0.0.1:{self.port}\n" in self.said, SOON), (
            self.said
        )
        self.everything = psutil.Process(self.process.pid).children(recursive=True)

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._output.read_text()

    def pid(self, name: str) -> int:
        """A process by its pid file."""
        return int((self.data_dir / "run" / f"{name}.pid").read_text())

    def gone(self) -> bool:
        """Whether every process ended (an orphan may wait for its new parent to take note)."""
        return not any(map(_runs, self.everything))


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it ended while it was looked at
        return False


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start supervisors that end with the test."""
    runs: list[Run] = []

    def begin(name: str = "data", command: str = UP) -> Run:
        runs.append(Run(tmp_path / name, command))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_of_it(start: Start, wish: signal.Signals) -> None:
    """In order, with exit code 0, and the port is free again."""
    run = start()
    run.process.send_signal(wish)
    assert run.process.wait(SOON.total_seconds()) == 0
    assert run.gone()
    assert is_free(run.port)
    assert "stopped" in run.said


@LINUX_ONLY
def test_nothing_outlives_a_killed_supervisor(start: Start) -> None:
    """The kernel ends every process when the supervisor gets a SIGKILL."""
    run = start()
    run.process.kill()
    assert wait_until(run.gone, SOON)


@LINUX_ONLY
def test_a_service_that_came_back_does_not_outlive_it_either(start: Start) -> None:
    """A restart happens on another thread, whose end must not matter and whose process's must."""
    run = start()
    old = run.pid("agent-worker-1")
    os.kill(old, signal.SIGKILL)
    pid_file = run.data_dir / "run/agent-worker-1.pid"
    assert wait_until(
        lambda: pid_file.exists() and pid_file.read_text() not in ("", f"{old}\n"), SOON
    )
    run.everything = psutil.Process(run.process.pid).children(recursive=True)
    run.process.kill()
    assert wait_until(run.gone, SOON)


def test_a_killed_run_is_no_obstacle(start: Start) -> None:
    """Stale pid files, a stale lock and Postgres' own pid file are dealt with."""
    first = start()
    first.process.kill()
    first.process.wait()
    second = start()
    assert psutil.pid_exists(second.pid("postgres"))


def test_two_stacks_run_side_by_side(start: Start) -> None:
    """A port and a data directory of its own are all that a second one needs; each says where its
    chat is.
    """
    one, other = start("one"), start("other")
    for each in (one, other):
        assert f"chat        http://127.0.0.1:{each.port}/\n" in each.said
    one.process.terminate()
    one.process.wait()
    assert one.gone()
    assert not other.gone()
    assert psutil.pid_exists(other.pid("gateway-1"))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@LINUX_ONLY
def test_it_stops_with_the_make_that_runs_it(
    start: Start, tmp_path: Path, end: signal.Signals
) -> None:
    """Make passes only SIGTERM on; the supervisor notices the others by itself."""
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"up:\n\t@{UP}\n")
    run = start(command=f"make -f {makefile} up")
    run.process.send_signal(end)
    assert wait_until(run.gone, SOON)
    assert wait_until(lambda: "stopped" in run.said, SOON)
