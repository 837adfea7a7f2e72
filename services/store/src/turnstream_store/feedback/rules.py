"""Feedback: what users think of items, for them and for operators."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import Feedback, FeedbackKind, FeedbackPage, GiveFeedback
from turnstream.errors import BadRequest, NotFound, Unprocessable

from turnstream_store.feedback import queries as feedback
from turnstream_store.feedback.queries import Place, Wanted
from turnstream_store.threads import queries as threads

ITEMS_LIMIT = 100
"""Items that one verdict may name. A frontend names the parts of one answer."""

_CURSOR = TypeAdapter(Place)


async def give_feedback(
    connection: AsyncConnection, owner: str, thread_id: str, command: GiveFeedback
) -> None:
    """Keep a verdict on items that the owner can see; a later one takes its place.

    Raises `NotFound` for an unknown thread or item and `Unprocessable` for too many items. The
    lock keeps the thread from being deleted in between.
    """
    if len(command.item_ids) > ITEMS_LIMIT:
        raise Unprocessable(f"Feedback may name {ITEMS_LIMIT} items at a time.")
    if await threads.load(connection, owner, thread_id, lock=True) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    if not await threads.owns_items(connection, owner, thread_id, command.item_ids):
        raise NotFound("One of the items is not in this thread.")
    if command.item_ids:
        await feedback.save(connection, owner, thread_id, command.item_ids, command.kind)


async def feedback_of_thread(
    connection: AsyncConnection, owner: str, thread_id: str, limit: int, after: str | None
) -> FeedbackPage:
    """The owner's verdicts in a thread, newest first. Raises `NotFound`."""
    if await threads.load(connection, owner, thread_id) is None:
        raise NotFound(f"There is no thread {thread_id}.")
    wanted = Wanted({"owner": owner, "thread_id": thread_id})
    return await _page(connection, wanted, limit, after)


async def newest_feedback(
    connection: AsyncConnection,
    kind: FeedbackKind | None,
    since: datetime | None,
    limit: int,
    after: str | None,
) -> FeedbackPage:
    """Everybody's verdicts, newest first, for an operator."""
    return await _page(connection, Wanted({"kind": kind} if kind else {}, since), limit, after)


async def _page(
    connection: AsyncConnection, wanted: Wanted, limit: int, after: str | None
) -> FeedbackPage:
    rows, has_more = await feedback.page(connection, wanted, limit, _place(after))
    data = [Feedback.model_validate(row, from_attributes=True) for row in rows]
    return FeedbackPage(data=data, after=_cursor(data[-1]) if has_more else None)


def _cursor(last: Feedback) -> str:
    return _CURSOR.dump_json(Place(last.created_at, last.thread_id, last.item_id)).decode()


def _place(after: str | None) -> Place | None:
    """The place a cursor names. It holds what it stands for: a verdict that changed since, or is
    gone, does not break a walk.
    """
    if after is None:
        return None
    try:
        return _CURSOR.validate_json(after)
    except ValidationError as error:
        raise BadRequest("`after` is not what a page of feedback gave.") from error
