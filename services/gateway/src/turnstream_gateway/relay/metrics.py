"""What a gateway counts of streams, and how long an event is under way to its viewer.

An event's way from its log to a viewer's socket has two parts, and each is measured with one clock:
from Redis to this gateway, as half of `ROUND_TRIP` at most, on the connection on which Redis
announces; and from there to the socket, as `RELAY`. No frame is read for that, and of each stream
one piece a second is timed.
"""

from prometheus_client import Counter, Gauge, Histogram

VIEWERS = Gauge("turnstream_viewers", "Open answers.")
CLOSED = Counter("turnstream_viewers_closed_total", "Answers that ended, by how.", ["how"])
ENDED, LOST = CLOSED.labels("ended"), CLOSED.labels("lost")
WATCHED = Gauge("turnstream_watched_turns", "Turns that this gateway relays.")
RESUMES = Counter("turnstream_viewer_resumes_total", "Viewers that came back with a position.")
RESTARTS = Counter("turnstream_viewer_restarts_total", "Viewers that had to start over.")
CATCH_UPS = Counter("turnstream_viewer_catch_ups_total", "Reads of a log by viewers.")
ACCEPT = Histogram(
    "turnstream_accept_seconds",
    "From the head of a request until the first bytes of its answer, when it can't be lost.",
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10),
)
_MOMENTS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
RELAY = Histogram(
    "turnstream_relay_seconds",
    "From an event's announcement at this gateway until it was handed to its viewer's socket.",
    buckets=_MOMENTS,
)
ROUND_TRIP = Histogram(
    "turnstream_redis_round_trip_seconds",
    "From this gateway to Redis and back, on the connection on which Redis announces events.",
    buckets=_MOMENTS,
)

SAMPLE = 1.0
"""Seconds between two pieces of a stream that are timed."""
