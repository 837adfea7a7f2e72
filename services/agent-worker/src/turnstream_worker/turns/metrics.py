"""What a worker counts of its slots and attempts."""

from prometheus_client import Counter, Gauge

SLOTS = Gauge("turnstream_slots", "Turns that this worker may run at a time.")
RUNNING = Gauge("turnstream_turns_running", "Turns that run in this worker.")
FREE = Gauge("turnstream_slots_free", "Turns that this worker could begin now.")
ATTEMPTS = Counter(
    "turnstream_attempts_total", "Attempts at turns that ended here, by outcome.", ["outcome"]
)

LOST = "lost"
"""The outcome of an attempt that another one has followed, or may have."""
BROKEN = "broken"
"""The outcome of an attempt that could not be ended: its lease will end, and another worker
takes the turn over."""

# An alert needs the 0 before the first one. One whose worker died is counted in the store alone, as
# an expired lease.
for _outcome in ("completed", "failed", "cancelled", "retried", "given_back", LOST, BROKEN):
    ATTEMPTS.labels(_outcome)
