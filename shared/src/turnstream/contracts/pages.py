"""Which part of a list is wanted."""

from typing import NamedTuple


class PageRequest(NamedTuple):
    """A page of a list that is ordered by time."""

    limit: int = 20
    """0 to 100."""
    order: str = "desc"
    after: str | None = None
    """The id after which the page begins."""
    before: str | None = None
    """The id before which it ends. Alone, it asks for those just before it."""

    @property
    def parameters(self) -> dict[str, str | int]:
        """The request as parameters of a query."""
        return {name: value for name, value in self._asdict().items() if value is not None}


PAGE_BYTES = 1024 * 1024
"""Bytes of the documents in a page. One that is longer alone is a page of its own. It is some
thirty of the longest messages, and bounds what one request costs a store and a gateway."""
