"""The ledger of tool calls, as the executor uses it. The store keeps it."""

from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import BeginCall, FinishCall, LedgerAnswer, RenewCalls, RenewedCalls


class Ledger(Protocol):
    """Makes a call happen once per key. Raises `Unavailable` when the store does not answer."""

    async def begin(self, command: BeginCall) -> LedgerAnswer:
        """Decide about a call. At most one service at a time is told to run it."""
        ...

    async def renew(self, command: RenewCalls) -> RenewedCalls:
        """Renew the leases of these runs, for those that still run. The others are lost."""
        ...

    async def finish(self, owner: Owner, key: str, command: FinishCall) -> None:
        """Record a result. Raises `Fenced` when another run or another result was first."""
        ...
