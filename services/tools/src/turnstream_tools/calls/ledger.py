"""The ledger as the executor needs it; the store keeps it."""

from typing import Protocol

from turnstream.contracts.tools import BeginCall, CallBegun, FinishCall, RenewCalls


class Ledger(Protocol):
    """Makes a call happen once per key. Raises `Unavailable` when it does not answer for long."""

    async def begin(self, command: BeginCall) -> CallBegun:
        """Decide about a call. Of all that ask, one at a time is told to run it."""
        ...

    async def renew(self, command: RenewCalls) -> None:
        """Keep the named runs alive for the length of a lease, where they still are."""
        ...

    async def finish(self, key: str, command: FinishCall) -> None:
        """Record a result. Raises `Fenced` when another run, or another result, came first."""
        ...
