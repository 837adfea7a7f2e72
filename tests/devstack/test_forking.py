"""Services are forked from a process that has their libraries, and are as they were."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from turnstream_devstack.processes import forking
from turnstream_devstack.processes.forking import ForkedProcess, ForkServer
from turnstream_devstack.processes.spawning import PYTHON_MODULE, Launch, Process
from turnstream_devstack.services import TURNSTREAM, ServiceSpec

from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

LIBRARY, PACKAGE = "small_library", "small_service"
MAIN = """
import atexit, json, os, signal, sys, threading
import small_library

LOADED_BY = os.getpid()
WORDS = "the first words"

def main(*arguments):
    print(json.dumps({
        "arguments": arguments,
        "argv": sys.argv[1:],
        "environment": dict(os.environ),
        "input": sys.stdin.read(),
        "session": os.getsid(0),
        "parent": os.getppid(),
        "pid": os.getpid(),
        "name": open("/proc/self/comm").read().strip(),
        "loaded_by": LOADED_BY,
        "library_loaded_by": small_library.LOADED_BY,
        "words": WORDS,
        "path": sys.path,
        "open": [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
                 if os.path.exists(f"/proc/self/fd/{each}")],
        "handlers": [str(signal.getsignal(each)) for each in (2, 15, 1, 17)],
    }), flush=True)
    atexit.register(lambda: print("at exit", flush=True))
    match arguments:
        case ["raise"]:
            raise RuntimeError("it went wrong")
        case ["exit", code]:
            sys.exit(int(code))
        case ["wait"]:
            threading.Event().wait()

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


class Place:
    """A folder with a package, and what is started from it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.main = folder / PACKAGE / "__main__.py"
        self.main.parent.mkdir()
        self.main.write_text(MAIN)
        (folder / f"{LIBRARY}.py").write_text("import os\nLOADED_BY = os.getpid()\n")
        self.env = {**os.environ, "PYTHONPATH": str(folder), "SECRET": "of the server"}
        self.server = ForkServer([LIBRARY], self.env)

    def start(self, *arguments: str, **env: str) -> Process:
        """The package's program."""
        with self.log.open("wb") as log:
            command = (*PYTHON_MODULE, PACKAGE, *arguments)
            launch = Launch(command, env=self.env | env, libraries=[LIBRARY])
            return self.server.spawn(launch, log)

    def said(self) -> Any:
        """What it said of itself."""
        wait_until(lambda: "\n" in self.log.read_text(), message="its first line")
        return json.loads(self.log.read_text().partition("\n")[0])

    @property
    def server_pid(self) -> int:
        """The fork server's."""
        assert self.server._process is not None
        return self.server._process.pid


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A fork server for a package."""
    place = Place(tmp_path)
    yield place
    place.server.close()


def test_a_forked_service_is_as_its_command_would_make_it(place: Place) -> None:
    """Its arguments, its environment, no input, and a session of its own."""
    process = place.start("one", "two", INSTANCE="small-1")
    assert process.wait(30) == 0

    said = place.said()
    assert isinstance(process, ForkedProcess)
    assert said["pid"] == process.pid
    assert said["parent"] == place.server_pid
    assert said["arguments"] == said["argv"] == ["one", "two"]
    assert said["environment"] == {**place.env, "INSTANCE": "small-1"}
    assert said["input"] == ""
    assert said["session"] == process.pid
    assert said["name"] == "small-1"
    assert "at exit" in place.log.read_text()


def test_it_finds_modules_where_a_process_of_its_own_would(place: Place) -> None:
    """An app's folder is looked at first again, once what is ours is imported."""
    assert place.start().wait(30) == 0
    alone = subprocess.run(
        [sys.executable, "-P", "-c", "import sys; print(sys.path)"],
        env=place.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(place.said()["path"]) == alone.stdout.strip()


def test_it_holds_nothing_of_the_servers(place: Place) -> None:
    """A socket left open would keep the end of the supervisor, or of another service, secret."""
    other = place.start("wait")
    place.said()
    assert place.start().wait(30) == 0
    assert not [each for each in place.said()["open"] if each.startswith("socket:")]
    other.kill()
    assert other.wait(30) == -signal.SIGKILL


def test_signals_reach_it_as_they_would(place: Place) -> None:
    """The server ignores those that end a service in order, and a service does not."""
    process = place.start("wait")
    said = place.said()
    assert said["handlers"][1:] == ["0", "0", "0"]  # the default
    assert "default_int_handler" in said["handlers"][0]
    os.kill(place.server_pid, signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert place.start().wait(30) == 0  # the server goes on


@pytest.mark.parametrize(("arguments", "code"), [(["exit", "78"], 78), (["raise"], 1), ([], 0)])
def test_its_exit_code_is_told(place: Place, arguments: list[str], code: int) -> None:
    """As of a process that was started the usual way."""
    process = place.start(*arguments)
    assert process.wait(30) == process.poll() == code


def test_what_it_raises_is_in_its_own_log(place: Place) -> None:
    """Nobody would look for it in another one."""
    assert place.start("raise").wait(30) == 1
    assert "RuntimeError: it went wrong" in place.log.read_text()


def test_a_wait_can_be_cut_short(place: Place) -> None:
    """And the process is waited for again later."""
    process = place.start("wait")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    assert process.poll() is None
    process.kill()
    assert process.wait(30) == -signal.SIGKILL


def test_libraries_are_shared_and_modules_of_a_service_are_its_own(place: Place) -> None:
    """One service would else show the metrics of another."""
    process = place.start()
    assert process.wait(30) == 0
    assert place.said()["library_loaded_by"] == place.server_pid
    assert place.said()["loaded_by"] == process.pid


def test_code_that_has_changed_is_read_anew(place: Place) -> None:
    """For those who work on it."""
    assert place.start().wait(30) == 0
    place.main.write_text(MAIN.replace("the first words", "other words"))
    again = place.start()
    assert again.wait(30) == 0
    assert place.said()["words"] == "other words"
    assert isinstance(again, ForkedProcess)


def test_a_library_that_is_missing_is_no_obstacle(tmp_path: Path) -> None:
    """The list may be older than what a service needs."""
    place = Place(tmp_path)
    place.server.close()
    place.server = ForkServer(["no_such_library", LIBRARY], place.env)
    try:
        assert place.start().wait(30) == 0
        assert place.said()["library_loaded_by"] == place.server_pid
    finally:
        place.server.close()


@pytest.mark.parametrize("spec", TURNSTREAM, ids=lambda each: each.name)
def test_the_lists_of_libraries_hold_nearly_all(spec: ServiceSpec) -> None:
    """A service that is forked has little to import but its own modules."""
    code = """
import importlib, sys
package, *libraries = sys.argv[1:]
def imported():
    return {each for each in sys.modules if not each.startswith("turnstream")}
for each in libraries:
    importlib.import_module(each)
before = imported()
importlib.import_module(f"{package}.__main__")
importlib.import_module(f"{package}.app")
print(len(imported() - before) / len(imported()))
"""
    command = [sys.executable, "-P", "-c", code, spec.command[-1], *spec.libraries]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(ended.stdout) < 0.1


def test_no_library_starts_a_thread(place: Place) -> None:
    """A fork has one thread alone, whatever the others held at that moment."""
    every = dict.fromkeys(each for spec in TURNSTREAM for each in spec.libraries)
    place.server.close()
    place.server = ForkServer(every, place.env)
    with place.log.open("wb") as log:
        launch = Launch((*PYTHON_MODULE, PACKAGE), env=place.env, libraries=list(every))
        assert place.server.spawn(launch, log).wait(60) == 0
    assert psutil.Process(place.server_pid).num_threads() == 1


def test_a_package_that_cannot_be_imported_fails_as_it_does_alone(place: Place) -> None:
    """Its own log says why, and the server goes on."""
    place.main.write_text("import no_such_module")
    assert place.start().wait(30) == 1
    assert "No module named 'no_such_module'" in place.log.read_text()
    assert place.start().wait(30) == 1


@pytest.mark.parametrize("end", ["kill", "close"])
def test_nothing_outlives_the_server(place: Place, end: str) -> None:
    """The kernel ends its processes with it, and anyone who asks hears of it."""
    process = place.start("wait")
    place.said()
    ends: dict[str, Callable[[], None]] = {
        "kill": lambda: os.kill(place.server_pid, signal.SIGKILL),
        "close": place.server.close,
    }
    ends[end]()
    assert process.wait(30) == -signal.SIGKILL
    wait_until(lambda: not psutil.pid_exists(process.pid) or _is_zombie(process.pid))


def test_a_server_that_hangs_holds_up_no_start(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is started in the usual way, and not a second time when the server goes on."""
    assert place.start().wait(30) == 0  # the server is up
    monkeypatch.setattr(forking, "_TIMEOUT", 0.2)
    os.kill(place.server_pid, signal.SIGSTOP)
    alone = place.start("wait")
    assert not isinstance(alone, ForkedProcess)
    os.kill(place.server_pid, signal.SIGCONT)
    monkeypatch.undo()
    later = place.start()  # behind the one that nobody waits for
    assert later.wait(30) == 0
    server = psutil.Process(place.server_pid)
    wait_until(lambda: not server.children(), message="the end of what nobody waits for")
    assert alone.poll() is None
    alone.kill()
    assert alone.wait(30) == -signal.SIGKILL


def test_what_counts_only_when_python_starts_still_counts(place: Place) -> None:
    """A `sitecustomize`, a library to be preloaded, warnings that are errors."""
    custom = place.folder / "custom"
    custom.mkdir()
    (custom / "sitecustomize.py").write_text("import os; os.environ['CUSTOM'] = 'yes'")
    process = place.start(PYTHONPATH=f"{place.folder}{os.pathsep}{custom}")
    assert process.wait(30) == 0
    assert place.said()["environment"]["CUSTOM"] == "yes"
    assert not isinstance(process, ForkedProcess)


def test_without_the_server_services_start_nevertheless(place: Place) -> None:
    """Only later."""
    assert place.start().wait(30) == 0
    os.kill(place.server_pid, signal.SIGKILL)
    place.server.close()
    alone = place.start("exit", "3")
    assert alone.wait(30) == 3
    assert not isinstance(alone, ForkedProcess)


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
