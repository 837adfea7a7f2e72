"""Files that tools make, over HTTP. Their bytes go to the blob store, not through here."""

from fastapi import APIRouter
from turnstream.contracts.store_api import KeepFile, ReserveFile

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.files import rules

router = APIRouter(prefix="/files", tags=["files"])


@router.post("", status_code=204)
async def reserve(owner: Owner, command: ReserveFile, parts: Parts) -> None:
    """Room for bytes that are about to come."""
    async with parts.database.transaction() as connection:
        await rules.reserve(connection, owner, command, parts.settings)


@router.post("/{key}/keep", status_code=204)
async def keep(key: str, owner: Owner, command: KeepFile, parts: Parts) -> None:
    """The bytes are there, and are kept as long as a thread."""
    async with parts.database.transaction() as connection:
        await rules.keep(connection, owner, key, command)
