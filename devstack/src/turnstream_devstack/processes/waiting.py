"""Wait for something to become true, without guessing how long it takes."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

POLL = timedelta(milliseconds=20)
"""Short enough that nobody notices, long enough to cost nothing."""


class WaitCancelled(Exception):
    """The wait was cancelled."""


def wait_until(
    condition: Callable[[], object],
    within: timedelta,
    *,
    cancelled: threading.Event | None = None,
    every: timedelta = POLL,
) -> bool:
    """Whether `condition` came true in time. Raises `WaitCancelled` as soon as `cancelled` is
    set.
    """
    deadline = time.monotonic() + within.total_seconds()
    while True:
        if cancelled is not None and cancelled.is_set():
            raise WaitCancelled
        if condition():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(every.total_seconds())
