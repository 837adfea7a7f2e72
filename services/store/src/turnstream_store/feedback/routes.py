"""Feedback over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.store_api import FeedbackPage, GiveFeedback

from turnstream_store.dependencies import Owner, Session
from turnstream_store.feedback.rules import feedback_of_thread, give_feedback

router = APIRouter(prefix="/threads/{thread_id}/feedback", tags=["feedback"])


@router.post("", status_code=204)
async def give(thread_id: str, owner: Owner, command: GiveFeedback, session: Session) -> None:
    """Keep a rating of some items of the owner's."""
    await give_feedback(session, owner, thread_id, command)


@router.get("")
async def listing(
    thread_id: str,
    owner: Owner,
    session: Session,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> FeedbackPage:
    """The owner's ratings in a thread, newest first."""
    return await feedback_of_thread(session, owner, thread_id, limit, after)
