"""What an attempt did, in one piece: steps, items, and perhaps the end of its turn."""

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.database.transactions import Database
from turnstream_store.fencing import checked, refused
from turnstream_store.threads import queries as threads
from turnstream_store.turns import queries as turns
from turnstream_store.turns import writing_sql as writes


async def write_attempt(
    database: Database, turn_id: str, command: WriteAttempt
) -> list[Announcement]:
    """Write all that a command holds, for its turn's newest attempt. Raises `Fenced` for any other.

    One statement, unless items are to be removed first.
    """
    if not command.removed:
        async with database.statement() as connection:
            return await _write(connection, turn_id, command)
    async with database.transaction() as connection:
        await writes.remove(connection, turn_id, command)
        return await _write(connection, turn_id, command)


async def _write(
    connection: AsyncConnection, turn_id: str, command: WriteAttempt
) -> list[Announcement]:
    """Ending a turn twice the same way is ending it once. The end also deletes what only another
    attempt would need: the journal and the ledger.
    """
    if command.end is None:
        checked(await writes.write(connection, turn_id, command), turn_id)
        return []
    row = await writes.write_and_end(connection, turn_id, command)
    if row["ended"]:
        return [JobReady(row["next_turn"])] if row["next_turn"] else []
    ended = await turns.load(connection, turn_id)
    if ended and (ended.attempt, ended.status) == (command.attempt, command.end.status):
        return []
    raise refused(turn_id)


async def patch_for_attempt(connection: AsyncConnection, turn_id: str, patch: ThreadPatch) -> None:
    """Change the thread of a running turn. Raises `Fenced` for a superseded attempt.

    The thread is locked before the turn, in the order in which an acceptance locks them.
    """
    turn = await turns.load(connection, turn_id)
    row = None
    if turn is not None:
        row = await threads.load(connection, turn.owner, turn.thread_id, lock=True)
    checked(row is not None and await turns.holds(connection, turn_id, patch.attempt), turn_id)
    if row is not None:
        await threads.patch(connection, row, patch.fields, patch.metadata)
