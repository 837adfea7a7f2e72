"""A user's ratings of the answers in a thread."""

from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.store_api import FeedbackPage

from turnstream_gateway.routes.dependencies import Services, UserOfThread, counted

router = APIRouter(tags=["feedback"], dependencies=[counted(RequestKind.READ)])


@router.get("/threads/{thread_id}/feedback")
async def list_feedback(
    thread_id: str,
    user: UserOfThread,
    services: Services,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    after: Annotated[str | None, Query(description="`after` of the page before.")] = None,
) -> FeedbackPage:
    """The user's ratings in a thread of theirs, newest first; one for each item."""
    return await services.store.feedback.of_thread(user, thread_id, limit=limit, after=after)
