"""What an attempt did, in one piece: steps, items, and perhaps the end of its turn."""

from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import WriteAttempt

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.fencing import checked, refused
from turnstream_store.turns import queries as turns
from turnstream_store.turns import writing_sql as writes


async def write_attempt(
    connection: AsyncConnection, turn_id: str, command: WriteAttempt
) -> list[Announcement]:
    """Write all that a command holds, for its turn's newest attempt. Raises `Fenced` for any other.

    Ending a turn twice the same way is ending it once. With the end goes what only another attempt
    would need: the journal and the ledger.
    """
    if command.removed:
        await writes.remove(connection, turn_id, command)
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
