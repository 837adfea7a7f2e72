"""What an earlier run left behind: servers, services and files of a process that was killed."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import psutil

from turnstream_devstack.processes import signals

TIMEOUT = timedelta(seconds=5)
"""How long a left process may take to end after a signal: servers need tens of milliseconds."""

SCRATCH_PREFIX = "turnstream-"


def stop_servers_in(directory: Path, sent: signal.Signals) -> None:
    """Stop every process whose working directory is `directory`. Only our servers work there."""
    home = os.path.realpath(directory)
    found = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == home]
    _end(found, sent)


def stop_services_of(data_dir: Path, pid_files: Iterable[Path]) -> None:
    """Stop the services that these pid files name, and remove the files.

    A number in a pid file may by now be somebody else's, so the process must also carry our data
    directory in its environment.
    """
    found = []
    for pid_file in pid_files:
        process = _process(pid_file)
        if process is not None and _environment(process).get("DATA_DIR") == str(data_dir):
            found.append(process)
        pid_file.unlink(missing_ok=True)
    _end(found, signal.SIGTERM)


def scratch_dir() -> Path:
    """A new directory for throw-away servers; removes those of processes that died."""
    root = Path(tempfile.gettempdir())
    for directory in root.glob(f"{SCRATCH_PREFIX}*-*"):
        owner = directory.name.removeprefix(SCRATCH_PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            remove_scratch(directory)
    return Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))


def remove_scratch(directory: Path) -> None:
    """Remove a directory of throw-away servers, and any server that still works in it."""
    for workplace in (directory / "valkey", directory / "postgres" / "data"):
        stop_servers_in(workplace, signal.SIGKILL)
    shutil.rmtree(directory, ignore_errors=True)  # another user's, or already gone


def _process(pid_file: Path) -> psutil.Process | None:
    try:
        return psutil.Process(int(pid_file.read_text()))
    except (ValueError, OSError, psutil.Error):
        return None


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}


def _end(found: list[psutil.Process], sent: signal.Signals) -> None:
    signals.send(found, sent)
    if not signals.wait_gone(found, TIMEOUT):
        signals.send(found, signal.SIGKILL)
        signals.wait_gone(found, TIMEOUT)
