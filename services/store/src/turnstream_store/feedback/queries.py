"""Queries on feedback."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.owners import owned_by
from turnstream_store.database.pages import cut, paged
from turnstream_store.feedback.tables import FeedbackRow


class Cursor(NamedTuple):
    """The last rating of a page, in the order of time; the ids tell ratings of one moment apart."""

    created_at: datetime
    thread_id: str
    item_id: str


class Filter(NamedTuple):
    """Which ratings."""

    owner: Owner | None = None
    thread_id: str | None = None
    kind: str | None = None
    since: datetime | None = None


async def save(
    session: AsyncSession, owner: Owner, thread_id: str, item_ids: Collection[str], kind: str
) -> None:
    """Keep a rating of items of a thread of the owner's, instead of an earlier one."""
    rows = [
        {
            FeedbackRow.thread_id: thread_id,
            FeedbackRow.item_id: item_id,
            FeedbackRow.tenant: owner.tenant,
            FeedbackRow.owner: owner.user,
            FeedbackRow.kind: kind,
        }
        for item_id in dict.fromkeys(item_ids)
    ]
    statement = insert(FeedbackRow).values(rows)
    newer = {
        col(FeedbackRow.kind): statement.excluded.kind,
        col(FeedbackRow.created_at): statement.excluded.created_at,
    }
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=[col(FeedbackRow.thread_id), col(FeedbackRow.item_id)],
            set_=newer,
            where=sa.and_(*owned_by(FeedbackRow, owner)),
        )
    )


async def has_room(session: AsyncSession, owner: Owner, thread_id: str, limit: int) -> bool:
    """True when a thread of the owner's has fewer ratings than the limit."""
    query = select(FeedbackRow.item_id).where(
        FeedbackRow.thread_id == thread_id, *owned_by(FeedbackRow, owner)
    )
    return (await session.exec(query.offset(limit - 1).limit(1))).first() is None


async def page(
    session: AsyncSession, wanted: Filter, limit: int, behind: Cursor | None
) -> tuple[Sequence[FeedbackRow], bool]:
    """Up to `limit` ratings, newest first, and whether more follow."""
    query = select(FeedbackRow)
    if wanted.owner is not None:
        query = query.where(*owned_by(FeedbackRow, wanted.owner))
    if wanted.thread_id is not None:
        query = query.where(FeedbackRow.thread_id == wanted.thread_id)
    if wanted.kind is not None:
        query = query.where(FeedbackRow.kind == wanted.kind)
    if wanted.since is not None:
        query = query.where(FeedbackRow.created_at >= wanted.since)
    order = (col(FeedbackRow.created_at), col(FeedbackRow.thread_id), col(FeedbackRow.item_id))
    return cut((await session.exec(paged(query, order, limit, behind))).all(), limit)
