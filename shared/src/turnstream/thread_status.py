"""Locked and closed threads: they can be read, renamed, rated and deleted, and take nothing new.

Only an assistant sets the status of a thread. No request of a client contains one.
"""

from turnstream.contracts.turns import Json
from turnstream.errors import ThreadClosed, ThreadLocked

_REFUSALS = {"locked": ThreadLocked, "closed": ThreadClosed}


def is_active(thread: Json) -> bool:
    """True unless it is locked or closed."""
    return thread["status"]["type"] not in _REFUSALS


def check_active(thread: Json) -> None:
    """Raise `ThreadLocked` or `ThreadClosed`, with the assistant's reason, unless it is active."""
    status: Json = thread["status"]
    refusal = _REFUSALS.get(status["type"])
    if refusal is not None:
        reason = f": {status['reason']}" if status.get("reason") else ""
        raise refusal(f"This thread is {status['type']}{reason}. Trying again does not help.")
