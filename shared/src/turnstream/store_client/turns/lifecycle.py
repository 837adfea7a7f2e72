"""Turns, as gateways accept and watch them and workers run them."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.owner import Owner, Tenant
from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    ClaimedTurn,
    ClaimTurn,
    ReleaseTurn,
    RenewedLeases,
    RenewLeases,
    TurnAccepted,
    TurnView,
)
from turnstream.errors import NotFound
from turnstream.store_client.http.transport import Params, Transport, segment

_INSTANCE = TypeAdapter[str | None](str | None)


class Turns(Protocol):
    """A turn belongs to one owner and one thread; of a thread's turns one runs at a time.

    What a worker does for a turn names its owner, and a turn of somebody else is none.
    """

    async def accept(self, command: AcceptTurn) -> TurnAccepted:
        """Make a request a turn, with all that it implies, or find the turn it made before.

        The same turn id or idempotency key gives the same turn; then `existing` is True. Raises
        `NotFound`, `ThreadLocked`, `ThreadClosed`, `ThreadFull`, `ThreadBusy`, `TooManyThreads`,
        `TooManyTurns` and its subclasses, `BudgetExhausted`, `NothingPending`, `Unprocessable`, and
        `IdempotencyKeyReused` (the key named another request); nothing is written then.
        """
        ...

    async def claim(self, command: ClaimTurn) -> ClaimedTurn | None:
        """Claim a queued turn for a worker, under the next attempt; None if it cannot be claimed.

        At most one of many claims succeeds, and only the first turn in a thread's line can be
        claimed. The first claim decides what the turn looks back on, for all its attempts.
        """
        ...

    async def claim_next(self, command: ClaimTurn) -> ClaimedTurn | None:
        """Claim the next turn for a worker; None if none waits. `command.turn_id` does not count.

        Slots are shared fairly among tenants, by their shares, and among the users of a tenant: one
        message does not wait behind all those of another user. Otherwise like `claim`.
        """
        ...

    async def renew(self, command: RenewLeases) -> RenewedLeases:
        """Extend the leases of turns; a turn that is not in the answer is lost to its worker."""
        ...

    async def release(self, owner: Owner, turn_id: str, command: ReleaseTurn) -> None:
        """Give a turn back to the queue. Raises `Fenced` unless the attempt is the running one."""
        ...

    async def cancel(self, owner: Owner, turn_id: str, reason: CancelReason) -> TurnView:
        """Stop a turn of the owner's. Raises `NotFound`.

        A turn that never ran ends at once; a running one is told with its next renewal; one that
        has ended stays as it is. The first reason stays.
        """
        ...

    async def disconnect(self, owner: Owner, turn_id: str) -> None:
        """Note that the plain client of a turn disconnected: a Stop, unless it comes back soon."""
        ...

    async def show(self, owner: Owner, turn_id: str, *, present: bool = False) -> TurnView:
        """A turn of the owner's; `present` when they come to watch it. Raises `NotFound`."""
        ...

    async def worker(self, owner: Owner, turn_id: str) -> str | None:
        """The instance that runs a turn of the owner's, if one does. Raises `NotFound`."""
        ...

    async def active(self, owner: Owner, thread_id: str, *, or_failed: bool = False) -> TurnView:
        """The running turn of a thread, or the first that waits. Where there is none and with
        `or_failed`, its newest turn if that failed. Raises `NotFound`.
        """
        ...

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        """A JSON array of the events that show a turn from what is stored. Raises `NotFound`."""
        ...


class HttpTurns(Turns):
    """Turns over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def accept(self, command: AcceptTurn) -> TurnAccepted:
        owner = command.context.owner
        answer = await self._send("POST", "/turns", command, owner=owner)
        return TurnAccepted.model_validate_json(answer)

    async def claim(self, command: ClaimTurn) -> ClaimedTurn | None:
        path = f"/turns/{segment(command.turn_id)}/claim"
        answer = await self._send("POST", path, command, owner=Tenant(command.tenant))
        return None if answer == b"null" else ClaimedTurn.model_validate_json(answer)

    async def claim_next(self, command: ClaimTurn) -> ClaimedTurn | None:
        try:
            answer = await self._send("POST", "/claims", command)
        except NotFound:  # a store of a version that knew no rounds
            return await self.claim(command)
        return None if answer == b"null" else ClaimedTurn.model_validate_json(answer)

    async def renew(self, command: RenewLeases) -> RenewedLeases:
        return RenewedLeases.model_validate_json(await self._send("POST", "/leases", command))

    async def release(self, owner: Owner, turn_id: str, command: ReleaseTurn) -> None:
        path = f"/turns/{segment(turn_id)}/release"
        await self._send("POST", path, command, owner=owner)

    async def cancel(self, owner: Owner, turn_id: str, reason: CancelReason) -> TurnView:
        path = f"/turns/{segment(turn_id)}/cancel"
        params: Params = {"reason": reason.value}
        answer = await self._send("POST", path, params=params, owner=owner)
        return TurnView.model_validate_json(answer)

    async def disconnect(self, owner: Owner, turn_id: str) -> None:
        await self._send("POST", f"/turns/{segment(turn_id)}/disconnect", owner=owner)

    async def show(self, owner: Owner, turn_id: str, *, present: bool = False) -> TurnView:
        path = f"/turns/{segment(turn_id)}"
        params: Params = {"present": int(present)}
        answer = await self._send("GET", path, params=params, owner=owner)
        return TurnView.model_validate_json(answer)

    async def worker(self, owner: Owner, turn_id: str) -> str | None:
        answer = await self._send("GET", f"/turns/{segment(turn_id)}/worker", owner=owner)
        return _INSTANCE.validate_json(answer)

    async def active(self, owner: Owner, thread_id: str, *, or_failed: bool = False) -> TurnView:
        path = f"/threads/{segment(thread_id)}/turn"
        params: Params = {"or_failed": int(or_failed)}
        answer = await self._send("GET", path, params=params, owner=owner)
        return TurnView.model_validate_json(answer)

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        return await self._send("GET", f"/turns/{segment(turn_id)}/replay", owner=owner)
