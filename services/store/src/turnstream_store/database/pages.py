"""Pages of an ordered list, by keyset: a page begins after a row, whatever was added meanwhile."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import select
from sqlmodel.sql.expression import Select
from turnstream.contracts.pages import PAGE_BYTES

Q = TypeVar("Q", bound=sa.Select[*tuple[object, ...]])
T = TypeVar("T")


class Window(NamedTuple):
    """Up to `limit` rows, from the beginning or after a given one."""

    limit: int
    newest_first: bool = True
    after: str | None = None
    """The id of the row after which they begin."""


class BoundedWindow(NamedTuple):
    """Up to `limit` rows between two given ones, or from either end of the list."""

    limit: int
    newest_first: bool = True
    after: str | None = None
    """The id of the row after which they begin."""
    before: str | None = None
    """The id of the row before which they end."""

    @property
    def backwards(self) -> bool:
        """True for the rows just before a given one: they are found from there, and turned."""
        return self.after is None and self.before is not None


def paged(
    query: Q,
    order: Sequence[Mapped[object]],
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


def paged_between(
    query: Q,
    order: Sequence[Mapped[object]],
    window: BoundedWindow,
    after: Sequence[object] | None,
    before: Sequence[object] | None,
) -> Q:
    """As `paged`, for a window that may end before a row. Give its rows to `cut_between`."""
    newest_first = window.newest_first
    if window.backwards:
        return paged(query, order, window.limit, before, newest_first=not newest_first)
    if before is not None:
        row, end = sa.tuple_(*order), sa.tuple_(*map(sa.literal, before))
        query = query.where(row > end if newest_first else row < end)
    return paged(query, order, window.limit, after, newest_first=newest_first)


def cut_between(rows: Sequence[T], window: BoundedWindow) -> tuple[Sequence[T], bool]:
    """The rows of the page in their order, and whether more lie after (or, backwards, before)."""
    page, more = cut(rows, window.limit)
    return (page[::-1] if window.backwards else page), more


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """The rows of the page, and whether more follow."""
    return rows[:limit], len(rows) > limit


def fitting(
    query: sa.Select[str, str, int], limit: int, *, newest_first: bool
) -> Select[str, str | None]:
    """The rows of a page's query (id, document, sort key), with the documents that fit into it.

    A document is null from the row on with which the page would have more than `limit` rows or
    `PAGE_BYTES`: long ones that nobody will see are not read from the database. Give the rows to
    `cut_fitting`.
    """
    rows = query.subquery()
    key, document, sort_key = rows.columns
    text, order = sa.cast(document, sa.Text), sort_key.desc() if newest_first else sort_key.asc()
    number = sa.func.row_number().over(order_by=order)
    size = sa.func.sum(sa.func.octet_length(text)).over(order_by=order)
    fits = sa.and_(number <= limit, sa.or_(number == 1, size <= PAGE_BYTES))
    return select(key, sa.case((fits, text))).order_by(order)


def cut_fitting(rows: Sequence[tuple[str, str | None]]) -> tuple[Sequence[tuple[str, str]], bool]:
    """The rows of the page, and whether more follow."""
    page = [(key, document) for key, document in rows if document is not None]
    return page, len(page) < len(rows)
