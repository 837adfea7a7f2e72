"""Refused writes are raised as `Fenced`, and counted, so that an operator sees a zombie."""

from prometheus_client import Counter
from turnstream.errors import Fenced

FENCED_WRITES = Counter(
    "turnstream_fenced_writes_total", "Writes of superseded attempts that were refused."
)


def checked(held: bool, turn_id: str) -> None:
    """Raise `Fenced`, and count it, unless the attempt that writes is the newest."""
    if not held:
        raise refused(turn_id)


def refused(turn_id: str) -> Fenced:
    """The failure of a write that was refused, counted."""
    FENCED_WRITES.inc()
    return Fenced(f"The attempt is not the newest of turn {turn_id}.")
