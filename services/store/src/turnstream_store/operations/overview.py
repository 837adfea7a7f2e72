"""How the deployment does, looked at once a moment however many operators watch."""

import asyncio
import time
from collections.abc import Callable

from turnstream.contracts.operating.overview import SILENT_AFTER, Overview, TenantLoad, WorkerState

from turnstream_store.database.pools import Database
from turnstream_store.operations import overview_sql, queries
from turnstream_store.operations.overview_sql import QueueLoad
from turnstream_store.queue.rules import QueueStateCache

FRESH = 1.5
"""Seconds that an answer is good for. A page asks every two seconds or less often."""
_WORKERS = 200
"""Workers that are shown."""


class OverviewCache:
    """Caches how the deployment does, for all that ask within a moment: the lock lets one look."""

    def __init__(
        self,
        database: Database,
        queue: QueueStateCache,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._queue = queue
        self._timer = timer
        self._looking = asyncio.Lock()
        self._seen: Overview | None = None
        self._until = 0.0

    async def overview(self) -> Overview:
        """The deployment as it was `FRESH` seconds ago, or later."""
        async with self._looking:
            if self._seen is None or self._timer() >= self._until:
                self._seen = await self._look()
                self._until = self._timer() + FRESH
            return self._seen

    async def _look(self) -> Overview:
        all_tenants = self._database.all_tenants()
        async with all_tenants.connection() as connection:
            load = await overview_sql.load(connection)
            ends = await overview_sql.ends(connection)
        async with all_tenants.session() as session:
            rows = await queries.workers(session, SILENT_AFTER, _WORKERS)
        workers = [
            WorkerState.model_validate({**row.model_dump(), "alive": alive}) for row, alive in rows
        ]
        able = [each for each in workers if each.alive and not each.draining]
        queue = await self._queue.state()
        total, tenants = _split(load)
        return Overview(
            queued=total.queued,
            running=total.running,
            held_back=total.held_back,
            oldest_runnable=queue.oldest if queue.tenants else None,
            slots=sum(each.slots for each in able),
            free=sum(max(0, each.slots - each.running) for each in able),
            workers=workers,
            tenants=tenants,
            **ends._asdict(),
        )


def _split(load: list[QueueLoad]) -> tuple[QueueLoad, list[TenantLoad]]:
    total = next((each for each in load if each.tenant is None), QueueLoad(None, 0, 0, 0))
    tenants = [
        TenantLoad(tenant=each.tenant, queued=each.queued, running=each.running)
        for each in load
        if each.tenant is not None
    ]
    return total, tenants
