"""Facts: what the tool `save_fact` noted about a user."""

from typing import Protocol, runtime_checkable

from turnstream.contracts.store_api import Fact


@runtime_checkable
class FactStore(Protocol):
    """The store that the worker gives to an app's factory keeps facts; another store need not."""

    async def facts(self) -> list[Fact]:
        """The facts of the user on whose behalf code runs, newest first.

        Without those that the user discarded. Raises `Unavailable` when the store does not answer.
        """
        ...
