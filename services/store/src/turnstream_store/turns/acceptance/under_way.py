"""What an acceptance knows beside its own statements: the acceptances that this store is writing at
this moment, which they cannot see yet, and how many turns its tenant had when last counted.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from turnstream.contracts.owner import Owner

from turnstream_store.turns.acceptance.limits_sql import AcceptancesAhead
from turnstream_store.turns.waiting.backlog import BacklogCounts


class AcceptancesUnderWay:
    """Counts them by tenant and by user."""

    def __init__(self, backlog: BacklogCounts | None = None) -> None:
        self.backlog = BacklogCounts() if backlog is None else backlog
        """The newest counts of turns, which the sweeper of this store keeps up to date."""
        self.of_tenant: Counter[str] = Counter()
        self.of_user: Counter[Owner] = Counter()

    @contextmanager
    def one_more(self, owner: Owner, limit: int) -> Iterator["Placement"]:
        """An acceptance of the owner's, until it is committed or has failed.

        Raises `TooManyTurnsOfTenant` where their tenant had `limit` turns when last counted.
        """
        self.backlog.check_room(owner.tenant, limit)
        placement = Placement(self, owner)
        try:
            yield placement
        finally:
            placement.end()


class Placement:
    """One acceptance, which is counted from when it asks who is ahead of it.

    It asks when it has a connection, just before it writes. An acceptance that still waits for one
    is not counted: what they will see is committed by then.
    """

    def __init__(self, all_: AcceptancesUnderWay, owner: Owner) -> None:
        self._all = all_
        self._owner = owner
        self._is_counted = False

    def ahead(self) -> AcceptancesAhead:
        """How many others are being written."""
        if not self._is_counted:
            self._count(1)
            self._is_counted = True
        owner = self._owner
        return AcceptancesAhead(self._all.of_tenant[owner.tenant] - 1, self._all.of_user[owner] - 1)

    def others(self) -> int:
        """How many others of the user are being written, once this one is committed."""
        self.end()
        return self._all.of_user[self._owner]

    def end(self) -> None:
        """Count it no more."""
        if self._is_counted:
            self._count(-1)
            self._is_counted = False

    def _count(self, change: int) -> None:
        owner = self._owner
        self._all.of_tenant[owner.tenant] += change
        self._all.of_user[owner] += change
        if not self._all.of_user[owner]:
            del self._all.of_user[owner]
        if not self._all.of_tenant[owner.tenant]:
            del self._all.of_tenant[owner.tenant]
