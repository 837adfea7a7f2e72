"""Who looks at a turn."""

from collections.abc import Callable
from dataclasses import dataclass

from turnstream.contracts.owner import Owner
from turnstream.http import sse
from turnstream.i18n import N_, negotiate, translator

_REVOKED = N_("Your session has ended. Open the chat again to read the rest of the answer.")


@dataclass(frozen=True, slots=True)
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
    credential_ids: tuple[str, ...] = ()
    """The session and the server key whose end ends the stream."""
    locale: str | None = None
    """The language tag in which a plain client's user is told of it."""
    reads_prose: bool = False
    """True for a person who asked for plain text."""
    arrived: float | None = None
    """When the request came that began the turn, by this process's monotonic clock."""

    @property
    def revoked_frames(self) -> bytes:
        """The last frames for a viewer who may not read any more."""
        if self.resumable:
            return sse.NAMED_REVOKED
        return sse.revoked(translator(negotiate(self.locale))(_REVOKED))
