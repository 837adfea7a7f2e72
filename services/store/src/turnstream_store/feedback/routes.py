"""Feedback over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.store_api import FeedbackPage, GiveFeedback

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.feedback.rules import feedback_of_thread, give_feedback

router = APIRouter(prefix="/threads/{thread_id}/feedback", tags=["feedback"])


@router.post("", status_code=204)
async def give(thread_id: str, owner: Owner, command: GiveFeedback, parts: Parts) -> None:
    """Keep a verdict on some items of the owner's."""
    async with parts.database.transaction() as connection:
        await give_feedback(connection, owner, thread_id, command)


@router.get("")
async def listing(
    thread_id: str,
    owner: Owner,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> FeedbackPage:
    """The owner's verdicts in a thread, newest first."""
    async with parts.database.transaction() as connection:
        return await feedback_of_thread(connection, owner, thread_id, limit, after)
