"""Queries of an export: pages of rows, each read in a transaction of its own.

A slow reader of the archive holds no transaction open. What is added meanwhile may be in it or not.
"""

from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select
from turnstream.contracts.owner import Owner

from turnstream_store.export.contents import ArchivedTable

PAGE = 50
"""Rows that are held at a time: a few megabytes at most where items are long."""
Position = Sequence[object]
"""What a row has in the columns that order its table."""


async def page(
    session: AsyncSession,
    table: ArchivedTable,
    owner: Owner,
    thread_id: str,
    after: Position | None,
) -> tuple[Sequence[sa.RowMapping], Position | None]:
    """Rows of the user's after a position, and that of the last; None when no more follow.

    Ask a row for a column of its table, not for a name: a column that is not there fails the types.
    """
    columns = dict.fromkeys((*table.columns, *table.order))
    query: Select[*tuple[object, ...]] = Select(*columns).where(*table.rows(owner, thread_id))
    if after is not None:
        query = query.where(sa.tuple_(*table.order) > sa.tuple_(*after))
    query = query.order_by(*table.order).limit(PAGE)
    result = cast(sa.Result[object], await session.exec(query))  # SQLModel names its tuples alone
    found = result.mappings().all()
    last = [found[-1][column] for column in table.order] if len(found) == PAGE else None
    return found, last
