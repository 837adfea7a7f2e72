"""Places for work of which only so much may run at a time, shared fairly among users."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

from turnstream.contracts.owner import Owner
from turnstream.errors import RateLimited, Unavailable


class ConcurrencyLimit(NamedTuple):
    """How many places there are for one kind of work."""

    name: str
    """What a refusal calls the limit."""
    total: int
    """Places of all users together."""
    per_user: int
    """Places of one user: fewer than all, so that nobody has them all."""
    queue: int
    """Requests of one user that may wait for a place."""
    timeout: timedelta
    """The longest one of them waits."""


class ConcurrencyLimiter:
    """Places in one gateway. A request waits if none is free; freed ones rotate among users.

    Everything runs on one event loop, and nothing is awaited between the check and the taking. A
    place is taken for a waiting request before that wakes. If it has just timed out or was
    cancelled, it gives the place back.
    """

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit
        self._taken: Counter[Owner] = Counter()
        self._waiting: dict[Owner, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def place(self, owner: Owner) -> AsyncIterator[None]:
        """A place for the duration of the block.

        Raises `RateLimited` when too many requests of the user wait, or when the wait times out
        while the user has all of their places; `Unavailable` when it times out otherwise.
        """
        if owner in self._waiting or not self._is_free(owner):
            await self._wait(owner)
        else:
            self._taken[owner] += 1
        try:
            yield
        finally:
            self._give_back(owner)

    def _is_free(self, owner: Owner) -> bool:
        return self._taken[owner] < self._limit.per_user and self._taken.total() < self._limit.total

    async def _wait(self, owner: Owner) -> None:
        line = self._waiting.setdefault(owner, deque())
        if len(line) >= self._limit.queue:
            raise self._refusal()
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            async with asyncio.timeout(self._limit.timeout.total_seconds()):
                await turn
        except BaseException as error:
            self._leave(owner, turn)
            if not isinstance(error, TimeoutError):
                raise
            if self._taken[owner] >= self._limit.per_user:
                raise self._refusal() from error
            raise Unavailable("Too many requests at once.") from error

    def _refusal(self) -> RateLimited:
        each, line = self._limit.per_user, self._limit.queue
        detail = f"Too many of your requests at once: {each} are answered, and {line} wait."
        return RateLimited(detail, limit=self._limit.name)

    def _leave(self, owner: Owner, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self._give_back(owner)
            return
        line = self._waiting.get(owner, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._waiting.pop(owner, None)

    def _give_back(self, owner: Owner) -> None:
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        while next_one := next(filter(self._is_free, self._waiting), None):
            line = self._waiting.pop(next_one)
            turn = line.popleft()
            if line:
                self._waiting[next_one] = line  # behind the others who wait
            if not turn.done():
                self._taken[next_one] += 1
                turn.set_result(None)
