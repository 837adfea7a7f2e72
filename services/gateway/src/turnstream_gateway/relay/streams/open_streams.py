"""How many streams a user has open at this gateway."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from turnstream.contracts.owner import Owner
from turnstream.errors import TooManyStreams

_AGAIN = 5.0
"""Seconds after which a client may look whether one of its streams has ended."""


class OpenStream:
    """One stream of a user, until it is closed or forgotten: an answer that is never sent does not
    count for ever.
    """

    __slots__ = ("_count", "_owner")

    def __init__(self, count: Counter[Owner], owner: Owner) -> None:
        count[owner] += 1
        self._count: Counter[Owner] | None = count
        self._owner = owner

    def close(self) -> None:
        """It does not count any more. Closing it again does nothing."""
        count, self._count = self._count, None
        if count is not None:
            count[self._owner] -= 1
            if not count[self._owner]:
                del count[self._owner]

    __del__ = close


class OpenStreams:
    """Counts the open streams of each user, and refuses one too many.

    Each gateway counts its own: what an open stream costs is its memory and its socket. One counts
    before anything waits, so that requests that come together can't pass the limit together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = Counter[Owner]()

    def add(self, owner: Owner) -> OpenStream:
        """One more stream of a user. Raises `TooManyStreams`."""
        if self._count[owner] >= self._most:
            raise TooManyStreams(
                f"At most {self._most} streams at a time. Close one, or wait for its end.",
                retry_after=_AGAIN,
            )
        return OpenStream(self._count, owner)

    @contextmanager
    def opening(self, owner: Owner) -> Iterator[OpenStream]:
        """One more stream, which the block opens. It is closed if the block fails."""
        stream = self.add(owner)
        try:
            yield stream
        except BaseException:
            stream.close()
            raise
