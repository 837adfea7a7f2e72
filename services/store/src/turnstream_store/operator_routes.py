"""What an operator may do, with a server key of scope `operator` or the internal key."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.operating.usage import UsagePage
from turnstream.contracts.store_api import FeedbackKind, FeedbackPage, OwnedEmail
from turnstream.contracts.turns import DeadLetter, FailedTurn, FailedTurns

from turnstream_store.dependencies import AllTenantsSession, Announce, CurrentActor
from turnstream_store.feedback.rules import newest_feedback
from turnstream_store.guide_data.rules import list_all_emails
from turnstream_store.turns.dead_letters import (
    list_dead_letters,
    list_failed,
    requeue_dead_letter,
    show_dead_letter,
    show_failed,
)
from turnstream_store.usage.routes import Wanted
from turnstream_store.usage.rules import page as usage_page

router = APIRouter(tags=["operator"])


@router.get("/dead-letters")
async def listing(
    session: AllTenantsSession, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[DeadLetter]:
    """Dead letters, newest first."""
    return await list_dead_letters(session, limit)


@router.get("/dead-letters/{turn_id}")
async def show(turn_id: str, session: AllTenantsSession) -> DeadLetter:
    """One dead letter with its request."""
    return await show_dead_letter(session, turn_id)


@router.post("/dead-letters/{turn_id}/requeue", status_code=204)
async def requeue(
    turn_id: str, session: AllTenantsSession, actor: CurrentActor, announce: Announce
) -> None:
    """Run a dead letter again."""
    announce(await requeue_dead_letter(session, turn_id, actor))


@router.get("/failures")
async def failures(
    session: AllTenantsSession,
    since: datetime | None = None,
    code: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> FailedTurns:
    """Failed turns, newest first, and how many there are of each code."""
    return await list_failed(session, since, code, limit)


@router.get("/failures/{turn_id}")
async def failure(turn_id: str, session: AllTenantsSession) -> FailedTurn:
    """One failed turn, with all that is known of the failure."""
    return await show_failed(session, turn_id)


@router.get("/emails")
async def emails(
    session: AllTenantsSession,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[OwnedEmail]:
    """Everybody's emails, newest first."""
    return await list_all_emails(session, since, limit)


@router.get("/feedback")
async def feedback(
    session: AllTenantsSession,
    kind: FeedbackKind | None = None,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> FeedbackPage:
    """What everybody thinks of their answers, newest first."""
    return await newest_feedback(session, kind, since, limit, after)


@router.get("/all-usage")
async def usage(
    session: AllTenantsSession, wanted: Wanted, tenant: str | None = None, user: str | None = None
) -> UsagePage:
    """What everybody has used, or a tenant, or a user."""
    return await usage_page(session, wanted, tenant, user)
