"""How many streams a user has open at this gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from turnstream.contracts.owner import Owner
from turnstream.errors import TooManyStreams

_AGAIN = 5.0
"""Seconds after which a client may look whether one of its streams has ended."""
_FEW_USERS = 1024
"""Users who are remembered before those without a stream are looked for."""


class OpenStream:
    """One stream of a user, until it is closed or forgotten."""

    def __init__(self, streams: "WeakSet[OpenStream]") -> None:
        self._streams = streams

    def close(self) -> None:
        """It does not count any more. Closing it again does nothing."""
        self._streams.discard(self)


class OpenStreams:
    """Counts the open streams of each user, and refuses one too many.

    Each gateway counts its own: what an open stream costs is its memory and its socket. One counts
    before anything waits, so that requests that come together can't pass the limit together. It is
    held by a weak reference: an answer that is never sent does not count for ever.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._streams: dict[Owner, WeakSet[OpenStream]] = {}
        self._look_at = _FEW_USERS

    def add(self, owner: Owner) -> OpenStream:
        """One more stream of a user. Raises `TooManyStreams`."""
        streams = self._streams.get(owner)
        if streams is None:
            self._forget_idle()
            streams = self._streams[owner] = WeakSet()
        if len(streams) >= self._most:
            raise TooManyStreams(
                f"At most {self._most} streams at a time. Close one, or wait for its end.",
                retry_after=_AGAIN,
            )
        stream = OpenStream(streams)
        streams.add(stream)
        return stream

    @contextmanager
    def opening(self, owner: Owner) -> Iterator[OpenStream]:
        """One more stream, which the block opens. It is closed if the block fails."""
        stream = self.add(owner)
        try:
            yield stream
        except BaseException:
            stream.close()
            raise

    def _forget_idle(self) -> None:
        """Forget users without a stream, each time that there are twice as many users."""
        if len(self._streams) >= self._look_at:
            self._streams = {owner: each for owner, each in self._streams.items() if each}
            self._look_at = max(_FEW_USERS, 2 * len(self._streams))
