"""What the demo page of `make up` may break: a worker of the same machine, which comes back."""

import os
import signal
from pathlib import Path

_WORKERS = "agent-worker-*.pid"


def kill_worker(run_dir: Path, instance: str) -> bool:
    """Kill the agent-worker of this name as a crash would; False where none of that name runs."""
    files = [each for each in run_dir.glob(_WORKERS) if each.stem == instance]
    return any(_killed(each) for each in files)


def _killed(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
    except (OSError, ValueError):
        return False  # it was just ending
    return True
