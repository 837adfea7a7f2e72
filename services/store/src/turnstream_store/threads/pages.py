"""Which rows of an ordered list are wanted."""

from typing import NamedTuple


class Window(NamedTuple):
    """Up to `limit` rows, from the beginning or behind a given one."""

    limit: int
    newest_first: bool = True
    after: str | None = None
    """The id of the row behind which they begin."""
