"""The work of an erasure: steps that may be done again, in one order, each in short transactions.

No step remembers that it was done: it looks for what is left and does nothing where nothing is. So
a store that is killed leaves an erasure that any store goes on with, from its first step.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason, TurnEnd, TurnStatus
from turnstream.errors import NotFound, TurnstreamError, Unavailable
from turnstream.files.blobs import Blobs
from turnstream.redis.rates import keys_of_user
from turnstream.redis.topology import LOG_TTL
from turnstream.telemetry import get_logger

from turnstream_store.announcements import Announcement, CancelRequested, SecretEnded
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database
from turnstream_store.erasure import queries
from turnstream_store.erasure.registry import AUDIT, DELETED, FILES, PSEUDONYMISED, SESSIONS
from turnstream_store.erasure.sealing import LogSealer
from turnstream_store.erasure.tables import ErasureRow
from turnstream_store.files.queries import ON_THE_WAY
from turnstream_store.publisher import Announcer
from turnstream_store.turns import queries as turns

log = get_logger(__name__)

BATCH = 200
"""Rows of one transaction: it takes some milliseconds, and locks rows of the one user only."""
_LATELY = 2 * LOG_TTL
"""A turn that ended longer ago than this has no log."""


class _ErasureTaken(Exception):
    """Another store works on the erasure, or it is proven."""


class Eraser:
    """Does the work of erasures. Any number of stores may: each transaction takes the erasure's row
    or leaves the work to the store that has it.
    """

    def __init__(
        self,
        database: Database,
        announcer: Announcer,
        sealer: LogSealer,
        redis: Redis,
        blobs: Blobs,
    ) -> None:
        self._database = database
        self._announcer = announcer
        self._sealer = sealer
        self._redis = redis
        self._blobs = blobs
        self.steps: Sequence[Callable[[_ErasureRun], Coroutine[None, None, None]]] = (
            self._end_turns,
            self._seal_logs,
            self._forget_sessions,
            self._wait_until_quiet,
            self._delete_rows,
            self._delete_files,
            self._rename,
            self._forget_rates,
            self._finish,
        )
        """What is done, in this order. A log is sealed while its turn is still known, nothing is
        deleted while anything can still be added to it, bytes are deleted while their row is known,
        and the name is forgotten last."""

    async def erase(self, tenant: str, erasure_id: str) -> None:
        """Do all that can be done now. Never raises a named failure."""
        work = _ErasureRun(self._database, tenant, erasure_id)
        try:
            await self._erase(work)
        except _ErasureTaken:
            pass
        except TurnstreamError as error:
            log.warning("erasure waits", erasure_id=erasure_id, error=error.detail)

    async def _erase(self, work: "_ErasureRun") -> None:
        async with work.batch() as (_, row):
            done = row.finished_at is not None
        if not done:
            for step in self.steps:
                await step(work)
        await self._prove(work)

    async def _end_turns(self, work: "_ErasureRun") -> None:
        """End turns under an attempt of our own: their workers are fenced from then on.

        A worker stops when its lease ends, and a tool when the lease of its call does. A tool
        renews that lease while the ledger has its call, so each pass reads the leases again, after
        it has locked the turns. Beginning a call locks its turn: the call has committed before,
        or finds the turn ended.
        """
        found = BATCH
        while found == BATCH:
            announcements: list[Announcement] = []
            async with work.batch() as (session, row):
                owner = owner_of_row(row)
                rows = await queries.active_turns(session, owner, BATCH)
                last = await queries.last_lease(session, owner, rows)
                if last is not None:
                    row.quiet_at = max(row.quiet_at, last)
                for turn in rows:
                    closing = turn.attempt + 1
                    await turns.begin_attempt(session, owner, turn.id, closing)
                    end = TurnEnd(status=TurnStatus.CANCELLED)
                    await turns.end(session, owner, turn.id, closing, end)
                    row.logs = {**row.logs, turn.id: closing}
                    announcements.append(CancelRequested(turn.id, CancelReason.STOP))
                work.count(row, "turns ended", len(rows))
                found = len(rows)
            await self._announcer.publish(announcements)

    async def _seal_logs(self, work: "_ErasureRun") -> None:
        async with work.batch() as (session, row):
            recent = await queries.recent_turns(session, owner_of_row(row), _LATELY)
            known = row.logs
            row.logs = {turn_id: attempt + 1 for turn_id, attempt in recent} | known
            work.count(row, "logs", len(row.logs) - len(known))
            logs = row.logs
        for turn_id, attempt in logs.items():
            await self._sealer.seal(turn_id, attempt)

    async def _forget_sessions(self, work: "_ErasureRun") -> None:
        gone = BATCH
        while gone == BATCH:
            async with work.batch() as (session, row):
                ids = await queries.remove_sessions(session, owner_of_row(row), BATCH)
                work.count(row, SESSIONS.name, len(ids))
                gone = len(ids)
            await self._announcer.publish([SecretEnded(each) for each in ids])

    async def _wait_until_quiet(self, work: "_ErasureRun") -> None:
        """Let what ran for the user stop first. What it could add to, or put bytes for, is still
        there until then, so that nothing of it is overlooked by the steps that follow.
        """
        async with work.batch() as (session, row):
            if not await queries.is_quiet(session, row.id):
                raise Unavailable("What ran for the user has a lease yet.")

    async def _delete_rows(self, work: "_ErasureRun") -> None:
        for owned in DELETED:
            gone = BATCH
            while gone == BATCH:
                async with work.batch() as (session, row):
                    gone = await queries.remove(session, owned, owner_of_row(row), BATCH)
                    work.count(row, owned.name, gone)

    async def _delete_files(self, work: "_ErasureRun") -> None:
        """Delete bytes, look that they are gone, and only then forget their row.

        Bytes of an upload that has begun may come after us. Their row is kept under the pseudonym,
        and the sweeper deletes both when the upload must have ended.
        """
        found = BATCH
        while found == BATCH:
            async with work.batch() as (session, row):
                owner = owner_of_row(row)
                files = await queries.files(session, owner, BATCH)
            here = [each.key for each in files if each.uploaded]
            coming = [each.key for each in files if not each.uploaded]
            for key in (*here, *coming):
                await self._delete_bytes(key)
            async with work.batch() as (session, row):
                await queries.remove_files(session, owner, here)
                await queries.disown_files(session, owner, coming, (row.pseudonym, ON_THE_WAY))
                work.count(row, FILES.name, len(files))
                work.count(row, "blobs", len(here))
            found = len(files)

    async def _delete_bytes(self, key: str) -> None:
        try:
            await self._blobs.delete(key)
            if await self._blobs.exists(key):
                raise Unavailable("The file storage still has what was deleted.")
        except NotFound:
            pass  # what is no key names no bytes

    async def _rename(self, work: "_ErasureRun") -> None:
        for owned in PSEUDONYMISED:
            changed = BATCH
            while changed == BATCH:
                async with work.batch() as (session, row):
                    owner = owner_of_row(row)
                    changed = await queries.rename(session, owned, owner, row.pseudonym, BATCH)
                    work.count(row, owned.name, changed)

    async def _forget_rates(self, work: "_ErasureRun") -> None:
        async with work.batch() as (_, row):
            owner = owner_of_row(row)
        try:
            for key in keys_of_user(owner):
                await self._redis.delete(key)
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error

    async def _finish(self, work: "_ErasureRun") -> None:
        """Count what is left everywhere. The name is forgotten only if nothing is left.

        Nobody can add rows between the count and the end: the user is blocked until we commit, and
        what ran for them has stopped. Only the audit accepts entries about blocked users. Such an
        entry shares the lock on the name: it is committed before our lock, and counted, or written
        after the end, about the next user of that name.
        """
        async with work.batch() as (session, row):
            logs = row.logs
        unsealed = [await self._sealer.holds_more(*each) for each in logs.items()]
        async with work.batch() as (session, row):
            left = await queries.count_named(session, owner_of_row(row))
            row.left = left | {"blobs": left[FILES.name], "logs": sum(unsealed)}
            left = row.left
        if not any(left.values()):
            async with work.batch() as (session, row):
                owner = owner_of_row(row)
                await queries.lock_owner(session, owner)
                left = left | {AUDIT.name: await queries.count_in(session, AUDIT, owner)}
                if not any(left.values()):
                    await queries.finish(session, row, left)
                    await _note_proof(session, row)
        if any(left.values()):
            raise Unavailable(f"A second pass found something: {left}.")

    async def _prove(self, work: "_ErasureRun") -> None:
        async with work.batch() as (session, row):
            await _note_proof(session, row)


async def _note_proof(session: AsyncSession, row: ErasureRow) -> None:
    """Note that the erasure is proven, unless an upload is kept under its pseudonym and waited for.

    The end of an erasure notes it too, in its own transaction: anyone who asks between the end and
    a later look must not read that an upload is waited for when there is none.
    """
    if not await queries.files(session, Owner(row.tenant, row.pseudonym), 1):
        await queries.prove(session, row)
        log.info("erasure proven", erasure_id=row.id)


class _ErasureRun:
    """An erasure that is worked on: its transactions, and what they count."""

    def __init__(self, database: Database, tenant: str, erasure_id: str) -> None:
        self._database = database.of(tenant)
        self._key = (tenant, erasure_id)

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[tuple[AsyncSession, ErasureRow]]:
        """A transaction that has the erasure's row. Raises `_ErasureTaken`."""
        async with self._database.session() as session:
            row = await queries.take(session, *self._key)
            if row is None or row.proven_at is not None:
                raise _ErasureTaken
            yield session, row

    @staticmethod
    def count(row: ErasureRow, kind: str, found: int) -> None:
        """Add to the report, in the transaction of what it reports."""
        row.counts = {**row.counts, kind: row.counts.get(kind, 0) + found}
