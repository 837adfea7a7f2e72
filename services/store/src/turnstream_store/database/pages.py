"""Pages of an ordered list, by keyset: a page begins behind a row, whatever was added meanwhile."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

Q = TypeVar("Q", bound=sa.Select[*tuple[Any, ...]])
T = TypeVar("T")


class Window(NamedTuple):
    """Up to `limit` rows, from the beginning or behind a given one."""

    limit: int
    newest_first: bool = True
    after: str | None = None
    """The id of the row behind which they begin."""


def paged(
    query: Q,
    order: Sequence[Mapped[Any]],
    limit: int,
    behind: Sequence[object] | None,
    *,
    newest_first: bool = True,
) -> Q:
    """The query for one page and the row after it. Give its rows to `cut`.

    `order` names a unique combination of columns, `behind` the values of them in the last row of
    the page before.
    """
    if behind is not None:
        row, last = sa.tuple_(*order), sa.tuple_(*map(sa.literal, behind))
        query = query.where(row < last if newest_first else row > last)
    columns = (column.desc() if newest_first else column.asc() for column in order)
    return query.order_by(*columns).limit(limit + 1)


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """The rows of the page, and whether more follow."""
    return rows[:limit], len(rows) > limit
