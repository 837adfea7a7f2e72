"""The sweeper finds turns that no message reached or that no worker runs, and moves them on.

Any number of stores may sweep at once: every query takes its rows with SKIP LOCKED or decides by
the row's lock and attempt.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.turns import CancelReason
from turnstream.errors import TurnstreamError
from turnstream.files.blobs import Blobs
from turnstream.http import sse
from turnstream.redis import topology
from turnstream.redis.event_log import EventLog
from turnstream.telemetry import get_logger
from turnstream.transcript import Transcript

from turnstream_store.announcements import (
    Announcement,
    JobReady,
    TurnOpened,
    opening_frames,
)
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database
from turnstream_store.files.orphans import delete_orphans
from turnstream_store.guide_data import email_queries as emails
from turnstream_store.identity import queries as identity
from turnstream_store.publisher import Announcer
from turnstream_store.settings import StoreSettings
from turnstream_store.threads.retention import delete_unused
from turnstream_store.turns import everyones_queries as everyones
from turnstream_store.turns import queries as turns
from turnstream_store.turns.cancellation import cancel_turn
from turnstream_store.turns.closing import close_abandoned

log = get_logger(__name__)

Purge = Callable[[AsyncSession, timedelta, int], Awaitable[int]]
"""Deletes up to so many rows that are older than this; returns how many were deleted."""

BATCH = 200
"""Rows per query, so that a sweep after an outage holds no lock for long."""
JOB_SILENCE = timedelta(seconds=5)
"""A job that no worker took for this long is published again: Redis lost it, or all slots are
full."""
SESSION_RETENTION = timedelta(days=1)
"""A session is kept this long after its end, so that its secret is refused by the right name."""
_JITTER = 0.2
_PURGE_EVERY = 300
"""Sweeps between two purges of what is old."""


class Sweeper:
    """Does every duty of the sweeper in turn, until it is cancelled."""

    def __init__(
        self,
        database: Database,
        announcer: Announcer,
        event_log: EventLog,
        redis: Redis,
        blobs: Blobs,
        settings: StoreSettings,
    ) -> None:
        self._database = database
        self._announcer = announcer
        self._log = event_log
        self._redis = redis
        self._blobs = blobs
        self._settings = settings
        self.sweeps = 0

    async def run(self) -> None:
        """Sweep until cancelled. A failed sweep is logged; the next one tries again."""
        interval = self._settings.sweep_interval.total_seconds()
        while True:
            await asyncio.sleep(interval * random.uniform(1 - _JITTER, 1 + _JITTER))
            try:
                await self.sweep()
            except TurnstreamError as error:
                log.warning("sweep skipped", error=str(error))
            except Exception:  # without a sweeper a dead worker's turns would wait for ever
                log.exception("sweep failed")

    async def sweep(self) -> None:
        """One round of every duty."""
        await self._requeue_expired()
        await self._stop_disconnected()
        await self._close_abandoned()
        await self._republish()
        await delete_orphans(self._database, self._blobs)
        if self.sweeps % _PURGE_EVERY == 0:
            await self._delete_unused_threads()
            await self._purge(everyones.purge, self._settings.retention)
            await self._purge(emails.purge, self._settings.outbox_retention)
            await self._purge(identity.purge_sessions, SESSION_RETENTION)
        self.sweeps += 1

    async def _purge(self, purge: Purge, retention: timedelta) -> None:
        """Delete all that is older, batch after batch: a busy day's turns are many batches."""
        gone = BATCH
        while gone == BATCH:
            async with self._database.everyone().session() as session:
                gone = await purge(session, retention, BATCH)

    async def _delete_unused_threads(self) -> None:
        found = BATCH
        while found == BATCH:
            announcements, found = await delete_unused(self._database, BATCH)
            await self._announcer.publish(announcements)

    async def _requeue_expired(self) -> None:
        async with self._database.everyone().session() as session:
            rows = await everyones.expire(session, BATCH)
        for row in rows:
            known = {"blocked": row.blocked} if row.blocked else {}
            log.warning(
                "lease expired",
                turn_id=row.id,
                attempt=row.attempt,
                failures=row.failures,
                **known,
            )
        runnable = [row for row in rows if row.failures < self._settings.max_attempts]
        jobs = [JobReady(row.id, row.tenant) for row in runnable if not row.cancel]
        await self._announcer.publish(jobs)

    async def _stop_disconnected(self) -> None:
        async with self._database.everyone().session() as session:
            rows = await everyones.disconnected(session, BATCH)
        for row in rows:
            if await self._watched(row.id):
                continue
            owner = owner_of_row(row)
            async with self._database.of(owner.tenant).session() as session:
                locked = await turns.load(session, owner, row.id, lock=True)
                announcements: list[Announcement] = []
                if locked is not None and locked.disconnected_until is not None:
                    announcements = await cancel_turn(session, locked, CancelReason.DISCONNECT)
                    await turns.forget_disconnect(session, owner, row.id)
            await self._announcer.publish(announcements)

    async def _watched(self, turn_id: str) -> bool:
        """True when some gateway still relays the turn: another tab is looking."""
        try:
            counts = await self._redis.pubsub_numsub(topology.log_channel(turn_id))
        except (RedisError, OSError):
            return True
        return any(count for _, count in counts)

    async def _close_abandoned(self) -> None:
        async with self._database.everyone().session() as session:
            rows = await everyones.abandoned(session, self._settings.max_attempts, BATCH)
        for row in rows:
            owner, seen = owner_of_row(row), await self._transcript(row.id)
            async with self._database.of(owner.tenant).session() as session:
                announcements = await close_abandoned(session, owner, row.id, row.attempt, seen)
            log.warning("turn closed", turn_id=row.id, cancelled=row.cancel, failures=row.failures)
            await self._announcer.publish(announcements)

    async def _transcript(self, turn_id: str) -> Transcript:
        """What viewers hold; nothing when Redis is away, for then they start over."""
        try:
            entries = await self._log.read_all(turn_id)
        except (RedisError, OSError):
            return Transcript()
        return Transcript.of(event for entry in entries for event in sse.events_in(entry.frames))

    async def _republish(self) -> None:
        async with self._database.everyone().session() as session:
            rows = await everyones.republish(session, JOB_SILENCE, BATCH)
        for row in rows:
            announcements: list[Announcement] = [JobReady(row.id, row.tenant)]
            if row.attempt == 0:
                frames = opening_frames(orjson.loads(row.opening))
                announcements.append(TurnOpened(row.id, frames))
            await self._announcer.publish(announcements)
