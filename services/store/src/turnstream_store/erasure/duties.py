"""What the sweeper does for erasures: it goes on with those that were left or had to wait."""

from turnstream_store.database.due import is_due
from turnstream_store.erasure import due_sql, queries
from turnstream_store.erasure.job import Eraser
from turnstream_store.erasure.queries import RequestedErasure
from turnstream_store.erasure.sealing import LogSealer
from turnstream_store.sweeper import Cursor, SweeperServices, set_apart

ERASURES = 20
"""Erasures that a sweep goes on with."""


class ErasureResumer:
    """Goes on with erasures that are not proven.

    One that fails, or has to wait, is found again.
    """

    def __init__(self, batch: int = ERASURES) -> None:
        self._page = Cursor[RequestedErasure](batch)

    async def __call__(self, services: SweeperServices) -> bool:
        """Go on with some erasures."""
        if not await is_due(services.database, due_sql.UNPROVEN):
            return self._page.more(0)
        async with services.database.all_tenants().session() as session:
            rows = await queries.to_do(session, self._page.after, self._page.size)
        sealer = LogSealer(services.event_log)
        eraser = Eraser(
            services.database, services.announcer, sealer, services.jobs, services.blobs
        )
        for row in rows:
            self._page.after = RequestedErasure(row.requested_at, row.id)
            with set_apart("erase_users", erasure_id=row.id):
                await eraser.erase(row.tenant, row.id)
        return self._page.more(len(rows))
