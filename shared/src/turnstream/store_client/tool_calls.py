"""The ledger of tool calls."""

from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import BeginCall, FinishCall, LedgerAnswer, RenewCalls, RenewedCalls
from turnstream.store_client.http.transport import Transport, segment


class ToolCalls(Protocol):
    """A tool call happens once per key, no matter who asks and how often."""

    async def begin(self, command: BeginCall) -> LedgerAnswer:
        """Ask whether to run a call. Exactly one caller is told `RUN` at a time.

        The others attach to the run, or get the result that was recorded. When the lease of a run
        has passed its outcome is unknown: an idempotent call runs again under the next run number,
        any other one is recorded as `outcome_unknown`. An attempt that is not the running one, or
        of a turn that is not the caller's, is told `FENCED`. So is the key of a call of another
        turn or tool. A call whose tool needs an approval is told `NOT_APPROVED`, unless its turn
        resumed a run by agreeing to this very call.
        """
        ...

    async def renew(self, command: RenewCalls) -> RenewedCalls:
        """Extend the leases of the calls that still run at an instance.

        A call that is not in the answer is lost: it has a result, another run of it has begun, or
        its turn has ended.
        """
        ...

    async def finish(self, owner: Owner, key: str, command: FinishCall) -> None:
        """Record how a run of a call ended. Raises `Fenced` if another run or result came first.

        The owner is the turn's; a call of somebody else is as one that does not exist.
        """
        ...


class HttpToolCalls(ToolCalls):
    """The ledger over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def begin(self, command: BeginCall) -> LedgerAnswer:
        answer = await self._send("POST", "/tool-calls/begin", command, owner=command.caller)
        return LedgerAnswer.model_validate_json(answer)

    async def renew(self, command: RenewCalls) -> RenewedCalls:
        answer = await self._send("POST", "/tool-calls/renew", command)
        if not answer:  # a store of an older version does not say which
            return RenewedCalls(held=list(command.calls))
        return RenewedCalls.model_validate_json(answer)

    async def finish(self, owner: Owner, key: str, command: FinishCall) -> None:
        path = f"/tool-calls/{segment(key)}/finish"
        await self._send("POST", path, command, owner=owner)
