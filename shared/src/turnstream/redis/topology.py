"""Every stream, group, channel and key in Redis, with the limit and the lifetime of each."""

from datetime import timedelta

JOBS = "ts:jobs"
"""Stream of `RunTurn`: wake-ups for queued turns."""
TOOL_CALLS = "ts:tool-calls"
"""Stream of `CallTool`."""
SERVER_CALLS = "ts:server-calls"
"""Stream of `CallServer`: short calls to an assistant."""
WORKERS = "agent-workers"
"""Consumer group of the agent workers on `JOBS` and `SERVER_CALLS`."""
TOOLS = "tools"
"""Consumer group of the tools services on `TOOL_CALLS`."""

TURN_CONTROL = "ts:control:turns"
"""Channel of `CancelTurn`; every agent worker subscribes to it."""
TOOL_CONTROL = "ts:control:tools"
"""Channel of `CancelTool` and `AttachTool`; every tools service subscribes to it."""

REVOKED = "ts:revoked"
"""Channel of `ForgetSecret`: the store publishes, every gateway subscribes. One that misses it
learns the same from the store within a second, and for its open streams within a few."""

ALWAYS = "ts:always"
"""A channel to which nothing is published. A gateway that follows no turn subscribes to it, so
that its subscription connection is open and checked from the start."""

CATALOGUE = "ts:tools:catalogue"
"""Key with the `Catalogue` of the tools services that are up."""
CATALOGUE_TTL = timedelta(seconds=60)
"""Refreshed at a third of this; workers keep the last one they saw, so a pause does no harm."""

STREAM_LIMIT = 10_000
"""Entries kept in a stream of wake-ups or calls: the service that takes one deletes it.
A wake-up takes some hundred bytes, and one that was trimmed is found by the sweeper. A call is as
large as what was asked; one that was trimmed is asked again by its worker, or by the page."""
CALLS_TTL = timedelta(minutes=10)
"""A call that nobody took for so long is deleted: its worker has asked again, and its page is gone.
"""
REPLIES_LIMIT = 2_000
"""Replies kept for a worker that does not read them. Of a result that was trimmed the worker asks
again; at 64 KiB each, the most that a tool may return, a dead worker leaves 128 MiB for the
lifetime below."""
REPLIES_TTL = timedelta(minutes=10)
"""A reply stream dies this long after its worker; a live worker renews it."""

LOG_TTL = timedelta(minutes=15)
"""How long a log outlives its last append: time enough to come back to an answer. Later readers
get the stored items instead."""


def log_key(turn_id: str) -> str:
    """The turn's event log; the hash tag keeps all of a turn's keys on one cluster node."""
    return f"ts:{{{turn_id}}}:log"


def log_channel(turn_id: str) -> str:
    """Where each append to the turn's log is announced."""
    return f"ts:{{{turn_id}}}:live"


def replies(worker: str) -> str:
    """The stream on which the tools services answer this worker."""
    return f"ts:replies:{worker}"


def server_replies(gateway: str) -> str:
    """The channel on which agent workers answer this gateway's short calls."""
    return f"ts:server-replies:{gateway}"


def rate_key(counted: str) -> str:
    """How far a rate is used up. It lives a period of the rate at most."""
    return f"ts:rate:{counted}"
