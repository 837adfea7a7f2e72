"""Facts and emails over HTTP."""

from fastapi import APIRouter
from turnstream.contracts.store_api import Email, Fact, SaveFact, SendEmail

from turnstream_store.dependencies import Owner, Session
from turnstream_store.guide_data import rules

router = APIRouter()


@router.get("/facts", tags=["facts"])
async def list_facts(owner: Owner, session: Session) -> list[Fact]:
    """The owner's facts, newest first."""
    return await rules.list_facts(session, owner)


@router.post("/facts", tags=["facts"])
async def add_fact(owner: Owner, fact: SaveFact, session: Session) -> Fact:
    """Add a fact, once per id."""
    return await rules.add_fact(session, owner, fact)


@router.post("/facts/{fact_id}/save", tags=["facts"])
async def save_fact(fact_id: str, owner: Owner, session: Session) -> Fact:
    """The user wants the fact kept."""
    return await rules.set_fact_status(session, owner, fact_id, "saved")


@router.post("/facts/{fact_id}/discard", tags=["facts"])
async def discard_fact(fact_id: str, owner: Owner, session: Session) -> Fact:
    """The user wants the fact forgotten: what it says is deleted."""
    return await rules.discard_fact(session, owner, fact_id)


@router.get("/outbox", tags=["outbox"])
async def list_emails(owner: Owner, session: Session) -> list[Email]:
    """The owner's emails, newest first."""
    return await rules.list_emails(session, owner)


@router.post("/outbox", tags=["outbox"])
async def add_email(owner: Owner, email: SendEmail, session: Session) -> Email:
    """Add an email, once per id."""
    return await rules.add_email(session, owner, email)
