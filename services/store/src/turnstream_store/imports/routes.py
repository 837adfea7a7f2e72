"""Imports over HTTP: for operators."""

from fastapi import APIRouter
from turnstream.contracts.operating.imports import FileRequirement, ImportThread, ThreadImported
from turnstream.contracts.store_api import ReserveFile

from turnstream_store.dependencies import CurrentActor, Owner, Services, Session
from turnstream_store.imports import rules

router = APIRouter(prefix="/imports", tags=["operator"])


@router.post("/threads")
async def import_thread(
    owner: Owner, command: ImportThread, session: Session, actor: CurrentActor
) -> ThreadImported:
    """A thread that was begun elsewhere, whole; again it adds what is missing."""
    return await rules.import_thread(session, owner, command, actor)


@router.post("/files")
async def await_file(
    owner: Owner, command: ReserveFile, session: Session, services: Services
) -> FileRequirement:
    """Bytes are about to come, unless they are here."""
    lifetime = services.settings.upload_lifetime
    wanted = await rules.await_file(session, owner, command, lifetime)
    return FileRequirement(wanted=wanted)
