"""Refused writes: raised as `Fenced`, and counted, so that a zombie is seen."""

from prometheus_client import Counter
from turnstream.errors import Fenced

FENCED_WRITES = Counter(
    "turnstream_fenced_writes_total", "Writes of superseded attempts that were refused."
)


def checked(held: bool, turn_id: str) -> None:
    """Raise `Fenced`, and count it, unless the writing attempt is the newest."""
    if not held:
        FENCED_WRITES.inc()
        raise Fenced(f"The attempt is not the newest of turn {turn_id}.")
