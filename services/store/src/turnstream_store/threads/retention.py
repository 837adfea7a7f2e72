"""Threads are kept for a time only, where their tenant or the deployment says so."""

import time
from contextlib import suppress
from datetime import timedelta

from turnstream.contracts.owner import Owner
from turnstream.errors import UserBeingErased

from turnstream_store.announcements import Announcement
from turnstream_store.database.owners import owner_of_row
from turnstream_store.holds import queries as holds
from turnstream_store.sweeper import BATCH, Cursor, SweeperServices, set_apart
from turnstream_store.threads import queries as threads
from turnstream_store.threads.rules import delete_thread
from turnstream_store.turns import queries as turns

LONGEST = 10.0
"""Seconds after which a batch ends, however many threads are left: each is deleted by itself, and
while the database is busy that takes its time. A sweeper would cut it off, and rest then."""


class UnusedThreadDeleter:
    """Deletes threads whose last turn ended longer ago than their tenant keeps them, or than the
    deployment does where the tenant says nothing.

    Each is deleted as its owner would do it, and only if no turn began and no hold was placed
    meanwhile. One that cannot be deleted is found again.
    """

    def __init__(self, batch: int = BATCH) -> None:
        self._page = Cursor[str](batch)

    async def __call__(self, services: SweeperServices) -> bool:
        """Delete some threads."""
        over = time.monotonic() + LONGEST
        retention = services.settings.thread_retention
        async with services.database.all_tenants().session() as session:
            unused = await threads.unused(
                session, retention, self._page.after or "", self._page.size
            )
        for row, kept in unused:
            self._page.after = row.id
            with (
                set_apart("delete_unused_threads", thread_id=row.id),
                suppress(UserBeingErased),  # then it is deleted without us
            ):
                await _delete(services, owner_of_row(row), row.id, kept)
            if time.monotonic() > over:
                return True
        return self._page.more(len(unused))


async def _delete(
    services: SweeperServices, owner: Owner, thread_id: str, retention: timedelta
) -> None:
    announcements: list[Announcement] = []
    async with services.database.of(owner.tenant).session() as session:
        if await threads.load(session, owner, thread_id, lock=True) is None:
            return
        if await holds.holds_on(session, owner):
            return
        if not await turns.active_or_ended_within(session, owner, thread_id, retention):
            announcements = await delete_thread(session, owner, thread_id)
    await services.announcer.publish(announcements)
