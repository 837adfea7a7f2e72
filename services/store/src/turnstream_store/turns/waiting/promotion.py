"""The promotion of turns that are held back, by whatever makes room for one."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.turns.waiting import rounds_sql


async def promote_next(session: AsyncSession, owner: Owner, ahead: int = 0) -> list[Announcement]:
    """The job of a turn of the owner's that was held back and may run now, if there is one.

    `ahead` turns of theirs are being accepted, and may take the places that seem to be free.

    Whatever ends or delays a turn calls this, in the same transaction: one turn less makes room
    for one. `rounds_sql` says why nothing waits for ever.
    """
    next_turn = await rounds_sql.promote_one(session, owner, ahead)
    return [JobReady(next_turn, owner.tenant)] if next_turn else []
