"""Queries of an export: pages of rows, each read in a transaction of its own.

A slow reader of the archive holds no transaction open. What is added meanwhile may be in it or not.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.recordings import REQUEST

from turnstream_store.database.owners import owned_by
from turnstream_store.export.parts import DOCUMENT, ITEMS, JOURNAL, TOOL_CALLS, Part
from turnstream_store.threads.tables import ItemRow
from turnstream_store.turns.tables import TurnRow

PAGE = 50
"""Rows that are held at a time: a few megabytes at most where items are long."""
Row = dict[str, Any]
Place = tuple[Any, ...]


async def page(
    session: AsyncSession, part: Part, owner: Owner, thread_id: str | None, after: Place | None
) -> tuple[Sequence[Row], Place | None]:
    """Rows of the user's behind a place, and the place of the last; None when no more follow."""
    rows: Any = part.row
    order = [col(getattr(rows, name)) for name in part.order]
    places: list[sa.ColumnElement[Any]] = [
        column.label(f"place_{index}") for index, column in enumerate(order)
    ]
    names = [f"place_{index}" for index in range(len(order))]
    query = sa.select(*part.selected, *places).where(*_whose(part, owner, thread_id))
    if part is ITEMS:
        query = query.add_columns(DOCUMENT).where(~col(ItemRow.hidden))
    if after is not None:
        query = query.where(sa.tuple_(*order) > sa.tuple_(*after))
    query = query.order_by(*order).limit(PAGE)
    connection = await session.connection()
    found = [dict(row) for row in (await connection.execute(query)).mappings()]
    last = tuple(found[-1][name] for name in names) if len(found) == PAGE else None
    return [{key: row[key] for key in row if key not in names} for row in found], last


def _whose(part: Part, owner: Owner, thread_id: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    """The user's rows, in one of their threads where it is named."""
    rows: Any = part.row
    if part not in (JOURNAL, TOOL_CALLS):
        return (*owned_by(part.row, owner), *([rows.thread_id == thread_id] if thread_id else []))
    turns = sa.select(col(TurnRow.id)).where(
        *owned_by(TurnRow, owner), col(TurnRow.thread_id) == thread_id
    )
    theirs = (rows.tenant == owner.tenant, rows.turn_id.in_(turns))
    if part is TOOL_CALLS:
        return theirs
    return (*theirs, ~rows.key.startswith(REQUEST, autoescape=True))
