"""Stop with the `make` that started us.

Make passes a SIGTERM on to what it runs, but not a SIGINT (it counts on the terminal, which signals
both), and it may be killed. Then `make up` would hang, or leave a stack that nobody sees.
"""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

LOOK = timedelta(milliseconds=250)
"""How often to look at make; reading one small file of the kernel's."""


def stop_with_make(stop: Callable[[], object]) -> None:
    """Call `stop`, from another thread, once make is gone or has had a SIGINT."""
    if "MAKELEVEL" not in os.environ:
        return
    make = os.getppid()
    caught = _catches_interrupt(make)

    def watch() -> None:
        while os.getppid() == make and _catches_interrupt(make) == caught:
            _pause.wait(LOOK.total_seconds())
        stop()

    threading.Thread(target=watch, name="under-make", daemon=True).start()


_pause = threading.Event()


def _catches_interrupt(pid: int) -> bool:
    """Whether the process has a handler for SIGINT. Make puts back the default in its handler."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # not Linux: then we only notice that make has gone
        return False
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)
