"""How often this gateway asks the store about turns whose viewers hear nothing."""

import time

SILENT_TURNS = 20.0
"""Queries a second about turns that are silent. Nearly all of them only wait, for a slot or for a
model, and each query costs the store as much as a part of an answer does."""
LOST_LOGS = 200.0
"""Queries a second about turns whose log is not there. They come together when Redis has lost its
memory, and their viewers see nothing until they are answered."""


class StoreQueryRate:
    """Spreads the queries of all viewers of a gateway over time.

    A viewer that is not let through tries again with the next read of its log. All read at
    different times, so that none is passed over for long.
    """

    def __init__(self) -> None:
        self._next = {True: 0.0, False: 0.0}

    def try_acquire(self, *, missing: bool) -> bool:
        """True if a query may be made now; it counts then. `missing`: its turn has no log."""
        now = time.monotonic()
        if now < self._next[missing]:
            return False
        self._next[missing] = now + 1 / (LOST_LOGS if missing else SILENT_TURNS)
        return True
