"""Queries on thread items."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.items import HIDDEN_TYPES
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.turns import Json, TurnStatus
from turnstream.errors import NotFound

from turnstream_store.database.owners import owned_by
from turnstream_store.database.pages import Window, cut_fitting, fitting, paged
from turnstream_store.threads.tables import DeletedItemRow, ItemRow, item_seq
from turnstream_store.turns.tables import TurnRow

public_form = sa.func.coalesce(col(ItemRow.public), col(ItemRow.payload))
"""What a client may see of an item."""
_KEPT = {
    col(DeletedItemRow.tenant): col(ItemRow.tenant),
    col(DeletedItemRow.thread_id): col(ItemRow.thread_id),
    col(DeletedItemRow.id): col(ItemRow.id),
    col(DeletedItemRow.seq): col(ItemRow.seq),
}
"""What is kept of a deleted item, and from where."""
_as_made = sa.func.coalesce(col(ItemRow.made), col(ItemRow.payload))


class LoadedItem(NamedTuple):
    """What rules need of an item."""

    type: str
    payload: str
    seq: int


async def add(
    session: AsyncSession,
    owner: Owner,
    thread_id: str,
    item: StoredItem,
    made_by: tuple[str, int] | None = None,
) -> None:
    """Append an item, or change the one of this id: from outside any turn, or as `made_by`, a turn
    and the attempt with which the store itself closes it.
    """
    turn_id, attempt = made_by or (None, 0)
    statement = insert(ItemRow).values(
        {
            ItemRow.thread_id: thread_id,
            ItemRow.id: item.item_id,
            ItemRow.tenant: owner.tenant,
            ItemRow.owner: owner.user,
            ItemRow.type: item.type,
            ItemRow.hidden: item.type in HIDDEN_TYPES,
            ItemRow.payload: item.payload,
            ItemRow.public: item.public,
            ItemRow.turn_id: turn_id,
            ItemRow.attempt: attempt,
        }
    )
    changes: dict[Mapped[object], sa.ColumnElement[str]] = {
        col(ItemRow.payload): statement.excluded.payload,
        col(ItemRow.public): statement.excluded.public,
    }
    if turn_id is None:
        changes[col(ItemRow.made)] = _as_made
    key = [col(ItemRow.thread_id), col(ItemRow.id)]
    theirs = sa.and_(*owned_by(ItemRow, owner))
    await session.exec(
        statement.on_conflict_do_update(index_elements=key, set_=changes, where=theirs)
    )


async def change(
    session: AsyncSession, owner: Owner, thread_id: str, item_id: str, payload: str
) -> None:
    """Change an item of another turn in place; the form that its turn made is kept beside."""
    await session.exec(
        update(ItemRow)
        .where(*_in_thread(owner, thread_id), col(ItemRow.id) == item_id)
        .values({ItemRow.payload: payload, ItemRow.made: _as_made})
    )


async def load(
    session: AsyncSession, owner: Owner, thread_id: str, item_id: str
) -> LoadedItem | None:
    """An item of the owner's."""
    query = select(ItemRow.type, ItemRow.payload, ItemRow.seq).where(
        *_in_thread(owner, thread_id), ItemRow.id == item_id
    )
    row = (await session.exec(query)).one_or_none()
    return None if row is None else LoadedItem(*row)


async def owns_items(
    session: AsyncSession, owner: Owner, thread_id: str, item_ids: Sequence[str]
) -> bool:
    """True when every id names a visible item of this thread of the owner's."""
    query = select(sa.func.count()).where(
        *_in_thread(owner, thread_id),
        ~col(ItemRow.hidden),
        col(ItemRow.id).in_(item_ids),
    )
    return (await session.exec(query)).one() == len(set(item_ids))


async def remove(
    session: AsyncSession, owner: Owner, thread_id: str, item_ids: Sequence[str]
) -> None:
    """Delete items by id."""
    await _delete(session, *_in_thread(owner, thread_id), col(ItemRow.id).in_(item_ids))


async def remove_after(
    session: AsyncSession,
    owner: Owner,
    thread_id: str,
    seq: int,
    spare_turn: str | None = None,
) -> None:
    """Delete what stands after an item in a thread, except the messages of waiting turns."""
    turn_id = col(ItemRow.turn_id)
    await _delete(
        session,
        *_in_thread(owner, thread_id),
        col(ItemRow.seq) > seq,
        sa.or_(turn_id.is_(None), turn_id != (spare_turn or "")),
        _of_no_waiting_turn(owner, thread_id),
    )


async def move_to_end(session: AsyncSession, owner: Owner, thread_id: str, turn_id: str) -> None:
    """Put a waiting turn's message after the answers that came before it ran."""
    newest = select(sa.func.max(ItemRow.seq)).where(
        *_in_thread(owner, thread_id), _of_no_waiting_turn(owner, thread_id)
    )
    await session.exec(
        update(ItemRow)
        .where(
            *_in_thread(owner, thread_id),
            col(ItemRow.turn_id) == turn_id,
            col(ItemRow.attempt) == 0,
            col(ItemRow.seq) < newest.scalar_subquery(),
        )
        .values({ItemRow.seq: item_seq.next_value()})
    )


async def pending_client_calls(
    session: AsyncSession, owner: Owner, thread_id: str, limit: int = 20
) -> Sequence[tuple[str, str]]:
    """Id and payload of the newest client tool calls of a thread, newest first."""
    query = (
        select(ItemRow.id, ItemRow.payload)
        .where(*_in_thread(owner, thread_id), ItemRow.type == "client_tool_call")
        .order_by(col(ItemRow.seq).desc())
        .limit(limit)
    )
    return (await session.exec(query)).all()


async def visible_of_turn(
    session: AsyncSession, owner: Owner, thread_id: str, turn_id: str
) -> Sequence[tuple[str, str, str]]:
    """Id, type and public form of the items that a turn's attempts added, in order."""
    query = (
        select(ItemRow.id, ItemRow.type, public_form)
        .where(*_in_thread(owner, thread_id), ~col(ItemRow.hidden))
        .where(col(ItemRow.turn_id) == turn_id, col(ItemRow.attempt) > 0)
        .order_by(col(ItemRow.seq))
    )
    return (await session.exec(query)).all()


async def events_of_turn(
    session: AsyncSession, owner: Owner, turn_id: str, thread_id: str
) -> list[Json]:
    """The events that tell a viewer what a turn did to its thread: every item that its attempts
    added, and every older one that it was the last to replace.
    """
    own = sa.and_(col(ItemRow.turn_id) == turn_id, col(ItemRow.attempt) > 0)
    query = (
        select(public_form, own)
        .where(*_in_thread(owner, thread_id), ~col(ItemRow.hidden))
        .where(sa.or_(own, col(ItemRow.changed_by) == turn_id))
        .order_by(col(ItemRow.seq))
    )
    return [
        {"type": f"thread.item.{'done' if added else 'replaced'}", "item": orjson.loads(text)}
        for text, added in (await session.exec(query)).all()
    ]


async def page(
    session: AsyncSession,
    owner: Owner,
    thread_id: str,
    window: Window,
    seen_by: tuple[str, int] | None = None,
) -> tuple[Sequence[tuple[str, str]], bool]:
    """Ids and JSON of a window of items, as many as fit into a page, and whether more follow.

    `seen_by` None is a client: public forms, hidden items left out in SQL, so pages stay full.
    `seen_by` (turn, attempt) is a running attempt: it does not see what its own earlier attempts
    stored, nor the messages of turns that wait behind it. Raises `NotFound` when `after` is no
    item of the thread.
    """
    limit, newest_first, after = window
    behind = None if after is None else (await _seq_of(session, owner, thread_id, after),)
    text = public_form if seen_by is None else col(ItemRow.payload)
    visible = ~col(ItemRow.hidden) if seen_by is None else _visible(owner, thread_id, *seen_by)
    query = sa.select(col(ItemRow.id), text, col(ItemRow.seq))
    query = query.where(*_in_thread(owner, thread_id), visible)
    query = paged(query, [col(ItemRow.seq)], limit, behind, newest_first=newest_first)
    rows = await session.exec(fitting(query, limit, newest_first=newest_first))
    return cut_fitting(rows.all())


async def _seq_of(session: AsyncSession, owner: Owner, thread_id: str, item_id: str) -> int:
    """Where an item of the owner's stands, or stood. Raises `NotFound`."""
    stands = select(ItemRow.seq).where(*_in_thread(owner, thread_id), ItemRow.id == item_id)
    stood = select(DeletedItemRow.seq).where(
        DeletedItemRow.tenant == owner.tenant,
        DeletedItemRow.thread_id == thread_id,
        DeletedItemRow.id == item_id,
    )
    for query in (stands, stood):
        seq = (await session.exec(query)).one_or_none()
        if seq is not None:
            return seq
    raise NotFound(f"There is no item {item_id} to continue after.")


def _in_thread(owner: Owner, thread_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(ItemRow.thread_id) == thread_id, *owned_by(ItemRow, owner))


async def _delete(session: AsyncSession, *which: sa.ColumnElement[bool]) -> None:
    """Delete items, and keep where they stood for clients that page after them."""
    gone = sa.delete(ItemRow).where(*which).returning(*_KEPT.values()).cte("gone")
    stood = insert(DeletedItemRow).from_select([*_KEPT], sa.select(gone))
    await session.exec(stood.on_conflict_do_nothing())


def _of_no_waiting_turn(owner: Owner, thread_id: str) -> sa.ColumnElement[bool]:
    turn_id = col(ItemRow.turn_id)
    waiting = select(TurnRow.id).where(
        TurnRow.thread_id == thread_id,
        *owned_by(TurnRow, owner),
        TurnRow.status == TurnStatus.QUEUED,
    )
    return sa.or_(turn_id.is_(None), turn_id.not_in(waiting))


def _visible(owner: Owner, thread_id: str, turn_id: str, attempt: int) -> sa.ColumnElement[bool]:
    made_by = col(ItemRow.turn_id)
    return sa.or_(
        made_by.is_(None),
        sa.and_(made_by != turn_id, _of_no_waiting_turn(owner, thread_id)),
        sa.and_(made_by == turn_id, col(ItemRow.attempt).in_((0, attempt))),
    )
