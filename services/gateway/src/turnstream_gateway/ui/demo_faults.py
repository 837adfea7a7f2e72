"""What the demo page of `make up` may break: the workers of the same machine, which come back."""

import os
import signal
from pathlib import Path

_WORKERS = "agent-worker-*.pid"


def kill_workers(run_dir: Path) -> int:
    """Kill every agent-worker whose pid file is there, as a crash would; how many there were."""
    return sum(_killed(each) for each in sorted(run_dir.glob(_WORKERS)))


def _killed(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
    except (OSError, ValueError):
        return False  # it was just ending
    return True
