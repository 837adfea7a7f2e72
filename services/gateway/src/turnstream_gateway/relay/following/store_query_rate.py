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

    A viewer that may not ask now tries again when its log is looked into the next time. All look at
    times of their own, so that none is passed over for long.
    """

    def __init__(self) -> None:
        self._next = {True: 0.0, False: 0.0}

    def may_ask(self, *, missing: bool) -> bool:
        """True for a query that may be made now; `missing`: its turn's log is not there."""
        now = time.monotonic()
        if now < self._next[missing]:
            return False
        self._next[missing] = now + 1 / (LOST_LOGS if missing else SILENT_TURNS)
        return True
