"""What an operator may do. These routes are for the inside of a deployment only."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.store_api import FeedbackKind, FeedbackPage, OwnedEmail
from turnstream.contracts.turns import DeadLetter

from turnstream_store.dependencies import Parts
from turnstream_store.feedback.rules import newest_feedback
from turnstream_store.guide_data import emails as outbox
from turnstream_store.turns.dead_letters import (
    list_dead_letters,
    requeue_dead_letter,
    show_dead_letter,
)

router = APIRouter(tags=["operator"])


@router.get("/dead-letters")
async def listing(
    parts: Parts, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[DeadLetter]:
    """Dead letters, newest first."""
    async with parts.database.transaction() as connection:
        return await list_dead_letters(connection, limit)


@router.get("/dead-letters/{turn_id}")
async def show(turn_id: str, parts: Parts) -> DeadLetter:
    """One dead letter with its request."""
    async with parts.database.transaction() as connection:
        return await show_dead_letter(connection, turn_id)


@router.post("/dead-letters/{turn_id}/requeue", status_code=204)
async def requeue(turn_id: str, parts: Parts) -> None:
    """Run a dead letter again."""
    async with parts.database.transaction() as connection:
        announcements = await requeue_dead_letter(connection, turn_id)
    await parts.announcer.publish(announcements)


@router.get("/emails")
async def emails(
    parts: Parts,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[OwnedEmail]:
    """What waits in the outbox, newest first."""
    async with parts.database.transaction() as connection:
        rows = await outbox.newest_of_all(connection, since, limit)
    return [OwnedEmail.model_validate(row, from_attributes=True) for row in rows]


@router.get("/feedback")
async def feedback(
    parts: Parts,
    kind: FeedbackKind | None = None,
    since: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: str | None = None,
) -> FeedbackPage:
    """What everybody thinks of their answers, newest first."""
    async with parts.database.transaction() as connection:
        return await newest_feedback(connection, kind, since, limit, after)
