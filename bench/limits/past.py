"""A past for a database: threads, items and turns in numbers, copied from one real turn."""

from collections.abc import Sequence

import asyncpg

USERS = 1000
"""Owners of the threads that are made, the bench's own users among them."""

# Whole rows are copied, and only what tells them apart is new: no column is left behind when a
# migration brings one.
_THREADS = f"""
INSERT INTO threads SELECT copy.*
FROM threads thread, generate_series(1, $2::int) n,
     jsonb_populate_record(thread, jsonb_build_object(
         'id', 'thr_past_' || n,
         'owner', 'user-' || n % {USERS},
         'created_at', thread.created_at - n * interval '1 second')) copy
WHERE thread.id = $1
"""
_ITEMS = """
INSERT INTO items SELECT copy.*
FROM (SELECT item, past, item.id AS old, item.id || '_' || n AS new
      FROM threads past, generate_series($3::int, $4::int) n, items item
      WHERE past.id = ANY($2) AND item.thread_id = $1
      ORDER BY past.id, n, item.seq) pair,
     jsonb_populate_record(item, jsonb_build_object(
         'thread_id', (past).id, 'id', new, 'owner', (past).owner,
         'seq', nextval('item_seq'), 'turn_id', NULL,
         'payload', replace(replace((item).payload::text, old, new), $1, (past).id)::jsonb,
         'public', replace(replace((item).public::text, old, new), $1, (past).id)::jsonb)) copy
"""
_TURNS = """
INSERT INTO turns OVERRIDING SYSTEM VALUE SELECT copy.*
FROM threads past, turns turn,
     jsonb_populate_record(turn, jsonb_build_object(
         'id', 'turn_' || past.id, 'thread_id', past.id, 'owner', past.owner,
         'position', nextval(pg_get_serial_sequence('turns', 'position')))) copy
WHERE past.id = ANY($2) AND turn.thread_id = $1
"""
_BATCH = 10_000


class PastTurns:
    """Writes where the store writes, when nobody looks."""

    def __init__(self, connection: asyncpg.Connection, real: str) -> None:
        self._connection = connection
        self._real = real

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "PastTurns":
        """Copies the newest thread, which should hold one message and one answer."""
        newest = "SELECT id FROM threads ORDER BY created_at DESC LIMIT 1"
        return cls(connection, await connection.fetchval(newest))

    async def threads(self, count: int) -> None:
        """So many threads, each with a message, an answer and the turn that made it.

        Their names count from `thr_past_1`; every `USERS`th belongs to user 0.
        """
        await self._connection.execute(_THREADS, self._real, count)
        made = [f"thr_past_{n}" for n in range(1, count + 1)]
        for first in range(0, count, _BATCH):
            await self._items(made[first : first + _BATCH], 1, 1)
            await self._connection.execute(_TURNS, self._real, made[first : first + _BATCH])
        await self._connection.execute("ANALYZE")

    async def lengthen(self, threads: Sequence[str], items: int) -> None:
        """Fill threads that hold one message and its answer up to so many items."""
        await self._items(threads, 2, items // 2)

    async def _items(self, threads: Sequence[str], first: int, last: int) -> None:
        await self._connection.execute(_ITEMS, self._real, threads, first, last)
