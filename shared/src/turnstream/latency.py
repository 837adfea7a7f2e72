"""How long something takes, of late."""

import time

_NEWEST = 0.1
"""Weight of the newest time in the average."""


class Latency:
    """A running average in which old times count less and less; 0.0 before the first one."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def record_since(self, start: float) -> None:
        """Add the time that has passed since `start`, as `time.monotonic()` told it."""
        self.seconds += (time.monotonic() - start - self.seconds) * _NEWEST
