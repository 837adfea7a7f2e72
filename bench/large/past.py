"""The past of a deployment: threads, turns and items in numbers, made inside the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from bench.plan import Tell

BUSY, FAITHFUL = "user-busy", "user-faithful"
"""Who has very many threads, and who has threads of very many items."""
ITEMS_PER_TURN = 2
"""A message and its answer."""
_USERS = 50_000
"""Owners of all other threads."""
_BATCH = 250_000
"""Turns in one statement: it reports, and can be interrupted."""
_SEQS = 1000
"""Sequence numbers of an attempt, see `item_seq`."""

# As the product makes them: ids made later sort later, and all the rest is random.
_NEW_ID = """
    CREATE FUNCTION pg_temp.past_id(prefix text, number bigint) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
        SELECT prefix || '_' || lpad(to_hex(1600000000000 + number), 12, '0')
            || '7' || substr(md5(number::text), 1, 19)
    $$
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


@dataclass(frozen=True)
class Size:
    """How much there is."""

    threads: int
    turns_of_thread: int
    busy_every: int
    """One thread of so many belongs to the busy user."""
    long_threads: int
    turns_of_long: int

    @property
    def turns(self) -> int:
        """The number in all threads."""
        return self.threads * self.turns_of_thread + self.long_threads * self.turns_of_long

    @property
    def items(self) -> int:
        """The number in all threads."""
        return self.turns * ITEMS_PER_TURN


@dataclass(frozen=True)
class _Rows:
    """A range of turns, numbered without a gap, and the thread of each."""

    first: int
    count: int
    thread: str
    """The number of the thread of turn `n`, as SQL."""

    def batches(self) -> Iterator["_Rows"]:
        """The same in pieces."""
        for first in range(self.first, self.first + self.count, _BATCH):
            count = min(_BATCH, self.first + self.count - first)
            yield _Rows(first, count, self.thread)


class PastTurns:
    """Fills a database that holds one ended turn of two items: every row is that turn's, with ids,
    owner, order and times of its own.

    No check is made and no trigger fires for each row (`session_replication_role`); all indexes
    grow as they do in production.
    """

    def __init__(self, connection: asyncpg.Connection, size: Size, real: str) -> None:
        self._connection = connection
        self._size = size
        self._real = real
        """The thread that the product itself made."""

    async def fill(self, tell: Tell) -> None:
        """Make all of it, and leave the tables vacuumed and analysed, as they are at night."""
        run, size = self._connection.execute, self._size
        await run("SET session_replication_role = replica")
        await run("SET synchronous_commit = off")
        await run(_NEW_ID)
        owner = (
            f"CASE WHEN n % {size.busy_every} = 0 THEN '{BUSY}' ELSE 'user-' || n % {_USERS} END"
        )
        await self._threads(f"generate_series(1, {size.threads}) AS n", owner)
        await self._threads(f"generate_series(-{size.long_threads}, -1) AS n", f"'{FAITHFUL}'")
        first = size.long_threads * size.turns_of_long
        for rows in (
            _Rows(0, first, f"-(1 + n % {size.long_threads})"),
            _Rows(first, size.threads * size.turns_of_thread, f"1 + n % {size.threads}"),
        ):
            for batch in rows.batches():
                await self._turns(batch)
                tell(f"large: {batch.first + batch.count:,} of {size.turns:,} turns")
        await run(f"SELECT setval('item_seq', {_SEQS * (size.turns + 1)})")
        position = "pg_get_serial_sequence('turns', 'position')"
        await run(f"SELECT setval({position}, {size.turns + 1})")
        await run("RESET session_replication_role")
        for table in ("threads", "turns", "items"):
            await run(f"VACUUM (ANALYZE) {table}")
        await run("CHECKPOINT")

    async def ids_of_long(self) -> Sequence[str]:
        """The threads of very many items."""
        query = "SELECT id FROM threads WHERE owner = $1 ORDER BY id"
        return [row[0] for row in await self._connection.fetch(query, FAITHFUL)]

    async def _threads(self, numbers: str, owner: str) -> None:
        made = {
            "id": "pg_temp.past_id('thr', n)",
            "owner": owner,
            "title": "'Thread ' || n",
            "created_at": "now() - interval '300 days' + n * interval '10 s'",
            "threads_before": "NULL",  # a store counts them anew
        }
        await self._copy(
            "threads", made, numbers, f"SELECT * FROM threads WHERE id = '{self._real}'"
        )

    async def _turns(self, rows: _Rows) -> None:
        numbers = f"generate_series({rows.first}, {rows.first + rows.count - 1}) AS n"
        at = f"now() - ({self._size.turns} - n) * interval '4 s' - interval '1 day'"
        shared = {"thread_id": f"pg_temp.past_id('thr', {rows.thread})", "owner": "thread.owner"}
        here = f"WHERE thread_id = '{self._real}'"
        owners = f"{numbers} JOIN threads AS thread ON thread.id = {shared['thread_id']}"
        turn = {
            **shared,
            "id": "pg_temp.past_id('turn', n)",
            "position": "n + 1",
            "input_item_id": f"pg_temp.past_id('msg', {ITEMS_PER_TURN} * n::bigint)",
            "accepted_at": at,
            "published_at": at,
            "not_before": at,
            "ended_at": at,
        }
        await self._copy("turns", turn, owners, f"SELECT * FROM turns {here}")
        item = {
            **shared,
            "id": f"pg_temp.past_id('msg', {ITEMS_PER_TURN} * n::bigint + ordinal)",
            "turn_id": "pg_temp.past_id('turn', n)",
            "seq": f"n::bigint * {_SEQS} + ordinal",
            "items_before": "NULL",
        }
        ordinal = "row_number() OVER (ORDER BY seq) - 1 AS ordinal"
        await self._copy("items", item, owners, f"SELECT *, {ordinal} FROM items {here}")

    async def _copy(self, table: str, made: Mapping[str, str], numbers: str, one: str) -> None:
        """For each number `n` rows like those of the query `one`, but for what is `made`. No column
        is left behind when a migration brings one.
        """
        names = [row[0] for row in await self._connection.fetch(_COLUMNS, table)]
        values = [made.get(name, f"one.{name}") for name in names]
        await self._connection.execute(
            f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE"
            f" SELECT {', '.join(values)} FROM {numbers} CROSS JOIN ({one}) AS one"
        )
