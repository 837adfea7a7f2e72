"""What an attempt did, in one piece: steps, items, and perhaps the end of its turn."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.contracts.turns import Json

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Connection
from turnstream_store.fencing import checked, refused
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import documents
from turnstream_store.threads import queries as threads
from turnstream_store.turns import metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.attempts import writing_sql
from turnstream_store.turns.attempts.writing_sql import KeptEnd


async def write_attempt(
    database: Database,
    settings: StoreSettings,
    owner: Owner,
    turn_id: str,
    command: WriteAttempt,
) -> list[Announcement]:
    """Write all that a command holds, for its turn's newest attempt. Raises `Fenced` for any other.

    One statement, unless items are to be removed first.
    """
    theirs = database.of(owner.tenant)
    end = command.end
    kept = KeptEnd(end, settings.journal_kept(end)) if end is not None else None
    if not command.removed:
        async with theirs.connection() as connection:
            return await _write(connection, owner, turn_id, command, kept)
    async with theirs.transaction() as connection:
        await writing_sql.remove(connection, owner, turn_id, command)
        return await _write(connection, owner, turn_id, command, kept)


async def _write(
    connection: Connection,
    owner: Owner,
    turn_id: str,
    command: WriteAttempt,
    kept: KeptEnd | None,
) -> list[Announcement]:
    """Ending a turn twice the same way is ending it once. The end also deletes what only another
    attempt would need, the journal and the ledger, unless they are kept for a while.
    """
    if kept is None:
        checked(await writing_sql.write(connection, owner, turn_id, command), turn_id)
        return []
    ended, next_turn = await writing_sql.write_and_end(connection, owner, turn_id, command, kept)
    if ended:
        metrics.ended(owner.tenant, kept.end)
        return [JobReady(next_turn, owner.tenant)] if next_turn else []
    outcome = await writing_sql.outcome(connection, owner, turn_id)
    if outcome == (command.attempt, kept.end.status):
        return []
    raise refused(turn_id)


async def patch_for_attempt(
    session: AsyncSession, owner: Owner, turn_id: str, patch: ThreadPatch
) -> Json:
    """Change the thread of a running turn; the thread as it stands then.

    A field that somebody else has set since the turn began stays: a title that the user chose, for
    example. Raises `Fenced` for a superseded attempt.

    The thread is locked before the turn, in the order in which an acceptance locks them.
    """
    turn = await turns.load(session, owner, turn_id)
    if turn is None:
        raise refused(turn_id)
    row = await threads.load(session, owner, turn.thread_id, lock=True)
    if row is None or not await turns.holds(session, owner, turn_id, patch.attempt):
        raise refused(turn_id)
    await session.refresh(turn)  # somebody may have set a field before the thread was locked
    kept = turns.changed_by_others(turn)
    fields = {name: value for name, value in patch.fields.items() if name not in kept}
    await threads.patch(session, row, fields, patch.metadata)
    return documents.metadata_json(row)
