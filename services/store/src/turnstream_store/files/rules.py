"""Files that tools make: room for the bytes first, then kept as long as their thread."""

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import KeepFile, ReserveFile
from turnstream.errors import NotFound, StorageFull

from turnstream_store.files import queries as files
from turnstream_store.settings import StoreSettings
from turnstream_store.threads import queries as threads


async def reserve_file(
    session: AsyncSession, owner: Owner, command: ReserveFile, settings: StoreSettings
) -> None:
    """Room for bytes that are about to come. The same key twice is one file.

    Raises `StorageFull`, and `NotFound` for a key of somebody else's.
    """
    await _check_room(session, owner, command.size, settings)
    if not await files.expect(session, owner, command.key, command.size, settings.upload_lifetime):
        raise NotFound(f"There is no file {command.key}.")


async def keep_file(session: AsyncSession, owner: Owner, key: str, command: KeepFile) -> None:
    """The bytes are there: keep them as long as the thread. Doing it again changes nothing.

    Raises `NotFound` when the file or the thread is none of the owner's; bytes without a thread
    are deleted when their time has passed.
    """
    size = await files.size_of(session, owner, key)
    thread = await threads.load(session, owner, command.thread_id, lock=True)
    if size is None or thread is None:
        raise NotFound(f"There is no file {key}, or no thread {command.thread_id}.")
    await files.arrived(session, owner, key, size)
    await files.bind(session, owner, key, command.thread_id)


async def _check_room(
    session: AsyncSession, owner: Owner, size: int, settings: StoreSettings
) -> None:
    """Raises `StorageFull` when the owner keeps too much already."""
    kept = await files.used_by(session, owner)
    if kept.unsent >= settings.max_unsent_files:
        raise StorageFull(f"{kept.unsent} uploads have not been sent yet; send or remove some.")
    if kept.size + size > settings.storage_per_user:
        raise StorageFull(f"One user may keep {settings.storage_per_user} bytes of files.")
