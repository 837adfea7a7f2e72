"""Erasures over HTTP: for gateways that a tenant's own server asks, and for operators."""

from fastapi import APIRouter, BackgroundTasks
from turnstream.contracts.operating.privacy import Erasure, UserDataSummary

from turnstream_store.dependencies import CurrentActor, Owner, Services, Session
from turnstream_store.erasure import rules

router = APIRouter(prefix="/erasures", tags=["operator"])


@router.post("")
async def begin(
    owner: Owner,
    session: Session,
    services: Services,
    actor: CurrentActor,
    background: BackgroundTasks,
) -> Erasure:
    """Erase a user. The work begins at once; a sweep goes on with it if this store dies."""
    erasure = await rules.begin_erasure(session, owner, actor, services.settings.key_ring)
    background.add_task(services.eraser.erase, erasure.tenant, erasure.id)
    return erasure


@router.get("/newest")
async def show(owner: Owner, session: Session, services: Services) -> Erasure:
    """The newest erasure of a user, done or not."""
    return await rules.show_erasure(session, owner, services.settings.key_ring)


@router.get("/preview")
async def preview(owner: Owner, session: Session) -> UserDataSummary:
    """What an erasure of the user would delete."""
    return await rules.preview(session, owner)
