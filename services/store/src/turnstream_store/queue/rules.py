"""The state of the queue, read at most about once a second for all gateways."""

import asyncio
import time
from collections.abc import Callable

from turnstream.contracts.operating.queue import QueueState, TenantQueue

from turnstream_store.database.pools import Database
from turnstream_store.queue import queue_sql

WINDOW = 30.0
"""Seconds over which ends are counted: long enough for answers of some seconds to be many, short
enough to notice within half a minute that workers came or went."""
FRESH = 0.8
"""Seconds that an answer is good for. Gateways ask once a second."""


class QueueStateCache:
    """Caches the state of the queue.

    A lock lets one caller read; callers that waited get its result. All run on one event loop.
    """

    def __init__(self, database: Database, timer: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._timer = timer
        self._looking = asyncio.Lock()
        self._seen: QueueState | None = None
        self._until = 0.0

    async def state(self) -> QueueState:
        """The state of the queue, at most `FRESH` seconds old."""
        async with self._looking:
            if self._seen is None or self._timer() >= self._until:
                self._seen = await self._look()
                self._until = self._timer() + FRESH
            return self._seen

    async def _look(self) -> QueueState:
        async with self._database.all_tenants().connection() as connection:
            found = await queue_sql.waiting(connection)
            ended = await queue_sql.ended(connection, WINDOW) if found else 0
        tenants = {each.tenant: TenantQueue(users=each.users, age=each.age) for each in found}
        return QueueState(tenants=tenants, ended=ended, window=WINDOW)
