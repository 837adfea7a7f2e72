"""Viewers: reported when they are lost, and sent away when they may not read any more."""

from collections import defaultdict
from collections.abc import Set

from turnstream_gateway.relay.following.listener import Listener
from turnstream_gateway.relay.streams.disconnects import Disconnects
from turnstream_gateway.relay.viewer import Viewer


class Viewers:
    """Who looks at turns now, by the sessions and server keys that they stand on."""

    def __init__(self, disconnects: Disconnects) -> None:
        self._disconnects = disconnects
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    def joined(self, viewer: Viewer, listener: Listener) -> None:
        """A stream begins."""
        for id_ in viewer.credential_ids:
            self._listeners[id_].add(listener)

    def left(self, viewer: Viewer, listener: Listener, *, ended: bool) -> None:
        """A stream is over; without an end the viewer was lost."""
        for id_ in viewer.credential_ids:
            self._listeners[id_].discard(listener)
            if not self._listeners[id_]:
                del self._listeners[id_]
        if not ended:
            self._disconnects.viewer_lost(viewer)

    def revoke(self, id_: str) -> None:
        """End every stream that stands on this session or key. The turns go on."""
        for listener in self._listeners.get(id_, ()):
            listener.revoke()

    def ids(self) -> Set[str]:
        """The sessions and keys that streams stand on here, now and later."""
        return self._listeners.keys()
