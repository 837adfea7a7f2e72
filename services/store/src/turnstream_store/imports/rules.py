"""A thread that was begun elsewhere becomes one of ours, in one transaction.

An operator decides to import. So a user's limits (threads, items, storage) do not refuse it: they
hold for what the user does next. What bounds it is the size of a command.
"""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.imports import (
    ImportedAttachment,
    ImportOutcome,
    ImportThread,
    ThreadImported,
)
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile
from turnstream.errors import NotFound, ThreadTaken

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.files import attachment_queries as attachments
from turnstream_store.files import queries as files
from turnstream_store.imports import queries
from turnstream_store.threads import queries as threads


async def import_thread(
    session: AsyncSession, owner: Owner, command: ImportThread, actor: Actor
) -> ThreadImported:
    """Make a thread, or add what it lacks where nobody has gone on with it.

    Raises `ThreadTaken`, `NotFound` for a file that is not here, and `UserBeingErased`.

    Of two imports of one thread one inserts the row, and the other waits for its commit and then
    finds it; both lock it before they look at its items. A user's message takes the same lock to be
    accepted. So it comes before, and the thread is left as it is; or after it, and goes to the end.
    """
    thread_id = command.thread_id
    is_new = await queries.add_thread(session, owner, command)
    if await threads.load(session, owner, thread_id, lock=True) is None:
        raise ThreadTaken(f"The thread {thread_id} is somebody else's.")
    if not is_new and await queries.is_used(session, owner, thread_id):
        return ThreadImported(outcome=ImportOutcome.UNCHANGED, items=0)
    known = set() if is_new else await queries.known_items(session, owner, thread_id)
    new = [item for item in command.items if item.item_id not in known]
    if not new and not is_new:
        return ThreadImported(outcome=ImportOutcome.UNCHANGED, items=0)
    await queries.add_items(session, owner, thread_id, new)
    for each in command.attachments:
        await _attach(session, owner, thread_id, each)
    deed = AuditEvent(Action.THREAD_IMPORTED, actor, owner.tenant, owner.user, thread_id)
    await audit.add_within(session, deed)
    outcome = ImportOutcome.IMPORTED if is_new else ImportOutcome.EXTENDED
    return ThreadImported(outcome=outcome, items=len(new))


async def await_file(
    session: AsyncSession, owner: Owner, command: ReserveFile, lifetime: timedelta
) -> bool:
    """Remember a file whose bytes are about to come; False when a thread has it already.

    Raises `ThreadTaken` for a key of somebody else's.
    """
    if await queries.has_file(session, owner, command.key):
        return False
    if not await files.expect(session, owner, command.key, command.size, lifetime):
        raise ThreadTaken(f"The file {command.key} is somebody else's.")
    return True


async def _attach(
    session: AsyncSession, owner: Owner, thread_id: str, imported: ImportedAttachment
) -> None:
    stored, key = imported.attachment, imported.file_key
    if key is not None:
        size = await files.size_of(session, owner, key)
        if size is None:
            raise NotFound(f"There is no file {key}.")
        await files.arrived(session, owner, key, size)
        await files.bind(session, owner, key, thread_id)
    try:
        await attachments.save(session, owner, stored, thread_id, key)
    except NotFound as error:
        taken = f"The attachment {stored.attachment_id} is somebody else's."
        raise ThreadTaken(taken) from error
