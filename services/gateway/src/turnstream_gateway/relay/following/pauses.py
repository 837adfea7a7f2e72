"""How long a viewer waits before its log is read again, and before the store is asked."""

import random
import time

SILENCE = 5.0
"""Seconds without an announcement after which the log is read: an announcement may be lost."""
ASK_AFTER = 10.0
"""Seconds without news after which the store is asked whether the turn is over: longer than a
worker takes to close the log of a turn that it has just committed."""
MISSING = 1.0
"""Seconds between two looks for a log that is not there, and between two questions to the store."""
LONGEST = 60.0
"""Seconds to which these pauses grow: each is as long as the silence before it.
Thousands of viewers of turns that wait must not keep Redis and the store busy."""


class ViewerTimers:
    """The timers of one viewer."""

    __slots__ = ("_asked", "_looked", "_news", "_spread")

    def __init__(self) -> None:
        self._news = self._looked = self._asked = time.monotonic()
        self._spread = random.uniform(1.0, 1.5)
        """A pause that is not the same for all: viewers that began to wait together should not
        look together."""

    @property
    def silence(self) -> float:
        """Seconds to wait before the log is tried again after a failure."""
        return SILENCE

    def news(self, *, looked: bool = True) -> None:
        """Something new came; by an announcement, which is as good as a look into the log."""
        self._news = time.monotonic()
        if looked:
            self._looked = self._news

    def looked(self) -> None:
        """The log is being read."""
        self._looked = time.monotonic()

    def asked(self) -> None:
        """The store is being asked."""
        self._asked = time.monotonic()

    def since_look(self) -> float:
        """Seconds since the log was read."""
        return time.monotonic() - self._looked

    def before_look(self, *, missing: bool) -> float:
        """Seconds between the last look into the log and the next; `missing`: there is no log."""
        return MISSING if missing else self._grown(SILENCE, self._looked)

    def question_due(self, *, missing: bool) -> bool:
        """True when it is time to ask the store."""
        if missing:
            return time.monotonic() - self._asked >= MISSING
        since = max(self._asked, self._news)
        return time.monotonic() - since >= self._grown(ASK_AFTER, self._asked)

    def _grown(self, least: float, last: float) -> float:
        return max(least, min(last - self._news, LONGEST)) * self._spread
