"""Files that tools make, over HTTP. Their bytes go to the blob store, not through here."""

from fastapi import APIRouter
from turnstream.contracts.store_api import KeepFile, ReserveFile

from turnstream_store.dependencies import Owner, Services, Session
from turnstream_store.files import rules

router = APIRouter(prefix="/files", tags=["files"])


@router.post("", status_code=204)
async def reserve(owner: Owner, command: ReserveFile, session: Session, services: Services) -> None:
    """Room for bytes that are about to come."""
    settings = await services.limits.of(owner.tenant)
    await rules.reserve_file(session, owner, command, settings)


@router.post("/{key}/keep", status_code=204)
async def keep(key: str, owner: Owner, command: KeepFile, session: Session) -> None:
    """The bytes are there, and are kept as long as a thread."""
    await rules.keep_file(session, owner, key, command)
