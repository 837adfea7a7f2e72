"""Ratings in memory."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Feedback, FeedbackKind, FeedbackPage, GiveFeedback
from turnstream.errors import BadRequest, NotFound, Unprocessable
from turnstream.store_client.feedback import Ratings
from turnstream.testing.memory.state import State

ITEMS_LIMIT = 100
"""Items that one rating may name."""

_Key = tuple[datetime, str, str]
_CURSOR = TypeAdapter(_Key)


class MemoryRatings(Ratings):
    """Ratings by thread and item."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def give(self, owner: Owner, thread_id: str, command: GiveFeedback) -> None:
        if len(command.item_ids) > ITEMS_LIMIT:
            raise Unprocessable(f"Feedback may name {ITEMS_LIMIT} items at a time.")
        thread, now = self._state.thread(owner, thread_id), self._state.now()
        visible = {item.id for item in thread.items.values() if not item.hidden}
        if not visible.issuperset(command.item_ids):
            raise NotFound("One of the items is not in this thread.")
        for item_id in command.item_ids:
            self._state.ratings[thread_id, item_id] = Feedback(
                tenant=owner.tenant,
                owner=owner.user,
                thread_id=thread_id,
                item_id=item_id,
                kind=command.kind,
                created_at=now,
            )

    async def of_thread(
        self, owner: Owner, thread_id: str, *, limit: int, after: str | None = None
    ) -> FeedbackPage:
        self._state.thread(owner, thread_id)
        ratings = self._state.ratings.values()
        return _page((each for each in ratings if each.thread_id == thread_id), limit, after)

    async def newest(
        self,
        *,
        limit: int,
        after: str | None = None,
        kind: FeedbackKind | None = None,
        since: datetime | None = None,
    ) -> FeedbackPage:
        wanted = (
            each
            for each in self._state.ratings.values()
            if kind in (None, each.kind) and (since is None or each.created_at >= since)
        )
        return _page(wanted, limit, after)


def _page(ratings: Iterable[Feedback], limit: int, after: str | None) -> FeedbackPage:
    """Ratings after a cursor, newest first. A cursor holds what it stands for, so a rating that
    has changed since does not break a walk.
    """
    try:
        before = None if after is None else _CURSOR.validate_json(after)
    except ValidationError as error:
        raise BadRequest("`after` is not what a page of feedback gave.") from error
    rows = sorted(ratings, key=_key, reverse=True)
    rows = [row for row in rows if before is None or _key(row) < before]
    page = rows[:limit]
    cursor = _CURSOR.dump_json(_key(page[-1])).decode() if len(rows) > limit else None
    return FeedbackPage(data=page, after=cursor)


def _key(rating: Feedback) -> _Key:
    return rating.created_at, rating.thread_id, rating.item_id
