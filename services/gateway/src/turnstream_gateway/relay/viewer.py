"""Who looks at a turn."""

from collections.abc import Callable
from dataclasses import dataclass

from turnstream.contracts.owner import Owner


@dataclass(frozen=True)
class Viewer:
    """Who looks at which turn, and how the turn is shown to them."""

    owner: Owner
    turn_id: str
    resumable: bool
    """True for clients that come back by position: restart and end are named events for them."""
    heartbeat: float
    """Seconds of silence after which a keep-alive is sent."""
    renew: Callable[[bytes], bytes] = bytes
    """Makes the links in what is sent work for this user."""
