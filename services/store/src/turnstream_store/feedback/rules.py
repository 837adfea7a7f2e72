"""Feedback: what users think of items, for them and for operators."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Feedback, FeedbackKind, FeedbackPage, GiveFeedback
from turnstream.errors import BadRequest, NotFound, Unprocessable

from turnstream_store.feedback import queries as feedback
from turnstream_store.feedback.queries import Cursor, Filter
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads

ITEMS_LIMIT = 100
"""Items that one rating may name. A frontend names the parts of one answer."""

RATINGS_LIMIT = 10_000
"""Ratings of a thread. Those of answers that were tried again are kept too."""

_CURSOR = TypeAdapter(Cursor)


async def give_feedback(
    session: AsyncSession, owner: Owner, thread_id: str, command: GiveFeedback
) -> None:
    """Keep a rating of items that the owner can see; a later one replaces it.

    Raises `NotFound` for an unknown thread or item and `Unprocessable` for too many items or
    ratings. The lock keeps the thread from being deleted, and its ratings from growing, in between.
    """
    if len(command.item_ids) > ITEMS_LIMIT:
        raise Unprocessable(f"Feedback may name {ITEMS_LIMIT} items at a time.")
    if await threads.load(session, owner, thread_id, lock=True) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    if not await items.owns_items(session, owner, thread_id, command.item_ids):
        raise NotFound("One of the items is not in this thread.")
    if not await feedback.has_room(session, owner, thread_id, RATINGS_LIMIT):
        raise Unprocessable(f"A thread keeps {RATINGS_LIMIT} ratings.")
    if command.item_ids:
        await feedback.save(session, owner, thread_id, command.item_ids, command.kind)


async def feedback_of_thread(
    session: AsyncSession, owner: Owner, thread_id: str, limit: int, after: str | None
) -> FeedbackPage:
    """The owner's ratings in a thread, newest first. Raises `NotFound`."""
    if await threads.load(session, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    wanted = Filter(owner=owner, thread_id=thread_id)
    return await _page(session, wanted, limit, after)


async def newest_feedback(
    session: AsyncSession,
    kind: FeedbackKind | None,
    since: datetime | None,
    limit: int,
    after: str | None,
) -> FeedbackPage:
    """Everybody's ratings, newest first, for an operator."""
    return await _page(session, Filter(kind=kind, since=since), limit, after)


async def _page(
    session: AsyncSession, wanted: Filter, limit: int, after: str | None
) -> FeedbackPage:
    rows, has_more = await feedback.page(session, wanted, limit, _read_cursor(after))
    data = [Feedback.model_validate(row, from_attributes=True) for row in rows]
    return FeedbackPage(data=data, after=_cursor(data[-1]) if has_more else None)


def _cursor(last: Feedback) -> str:
    return _CURSOR.dump_json(Cursor(last.created_at, last.thread_id, last.item_id)).decode()


def _read_cursor(after: str | None) -> Cursor | None:
    """The cursor of a page. It holds the values that it stands for, so a rating that has changed
    or is gone does not break the list.
    """
    if after is None:
        return None
    try:
        return _CURSOR.validate_json(after)
    except ValidationError as error:
        raise BadRequest("`after` is not what a page of feedback gave.") from error
