"""`turnstream up` as a user runs it: a process of its own, with everything below it."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from turnstream_devstack.processes import signals
from turnstream_devstack.processes.ports import free_port

_TIMEOUT = 120.0
"""Seconds that a start may take. A machine that needs longer measures nothing."""


@dataclass
class RunningSystem:
    """A system whose last line said `ready`."""

    process: "subprocess.Popen[str]"
    data_dir: Path
    seconds: float
    """From the start of the process to that line."""

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time, by kind of process; `ended` is what is gone by now."""
        used: defaultdict[str, float] = defaultdict(float)
        names = self._names()
        for process in signals.family(self.process.pid):
            try:
                times = process.cpu_times()
                used[_kind(process, names)] += times.user + times.system
                if process.pid == self.process.pid:
                    used["ended"] += times.children_user + times.children_system
            except psutil.NoSuchProcess:
                continue
        return used

    def pids(self, kind: str) -> list[int]:
        """The processes of a kind, such as `agent-worker`."""
        return [pid for pid, name in self._names().items() if name == kind]

    def _names(self) -> dict[int, str]:
        """The names of what the supervisor started, by process id."""
        pid_files = (self.data_dir / "run").glob("*.pid")
        return {int(file.read_text()): file.stem.rstrip("-0123456789") for file in pid_files}


@contextmanager
def up(data_dir: Path, workers: int) -> Iterator[RunningSystem]:
    """Run it, with the demo model; it ends as by Ctrl-C."""
    program = Path(sys.executable).with_name("turnstream")
    own = {"PORT": str(free_port()), "DATA_DIR": str(data_dir), "WORKERS": str(workers)}
    none = dict.fromkeys(("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "DATABASE_URL"), "")
    env = {**os.environ, **none, **own}
    began = time.monotonic()
    process = subprocess.Popen((program, "up"), env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready"):
                break
            if time.monotonic() - began > _TIMEOUT:
                raise TimeoutError(f"not ready: {line}")
        yield RunningSystem(process, data_dir, time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def _kind(process: psutil.Process, names: dict[int, str]) -> str:
    """The name of the nearest process above it that the supervisor started, or itself."""
    for each in (process, *process.parents()):
        if each.pid in names:
            return names[each.pid]
    return "supervisor"
