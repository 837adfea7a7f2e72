"""Turns, as gateways accept and watch them and workers run them."""

from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    ClaimedTurn,
    ClaimTurn,
    LeasesRenewed,
    ReleaseTurn,
    RenewLeases,
    TurnAccepted,
    TurnView,
)
from turnstream.store_client.transport import Transport, segment


class Turns:
    """See `turnstream_store.turns.routes` for what each call promises."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def accept(self, command: AcceptTurn) -> TurnAccepted:
        """Make a request a turn, or find the turn it made before."""
        return TurnAccepted.model_validate_json(await self._send("POST", "/turns", command))

    async def claim(self, command: ClaimTurn) -> ClaimedTurn | None:
        """The right to run a turn; None when it can't be had."""
        answer = await self._send("POST", f"/turns/{segment(command.turn_id)}/claim", command)
        return None if answer == b"null" else ClaimedTurn.model_validate_json(answer)

    async def renew(self, command: RenewLeases) -> LeasesRenewed:
        """Extend leases; what is not in the answer is lost."""
        return LeasesRenewed.model_validate_json(await self._send("POST", "/leases", command))

    async def release(self, turn_id: str, command: ReleaseTurn) -> None:
        """Give a turn back to the queue. Raises `Fenced`."""
        await self._send("POST", f"/turns/{segment(turn_id)}/release", command)

    async def cancel(self, owner: str, turn_id: str, reason: CancelReason) -> TurnView:
        """Stop a turn of the owner's."""
        params: dict[str, str | int] = {"owner": owner, "reason": reason.value}
        answer = await self._send("POST", f"/turns/{segment(turn_id)}/cancel", params=params)
        return TurnView.model_validate_json(answer)

    async def disconnect(self, owner: str, turn_id: str) -> None:
        """Note that a plain client went away."""
        await self._send("POST", f"/turns/{segment(turn_id)}/disconnect", params={"owner": owner})

    async def show(self, owner: str, turn_id: str, *, present: bool = False) -> TurnView:
        """A turn of the owner's; `present` when they come to watch it. Raises `NotFound`."""
        params: dict[str, str | int] = {"owner": owner, "present": int(present)}
        answer = await self._send("GET", f"/turns/{segment(turn_id)}", params=params)
        return TurnView.model_validate_json(answer)

    async def active(self, owner: str, thread_id: str) -> TurnView:
        """The active turn of a thread. Raises `NotFound`."""
        answer = await self._send(
            "GET", f"/threads/{segment(thread_id)}/turn", params={"owner": owner}
        )
        return TurnView.model_validate_json(answer)

    async def replay(self, owner: str, turn_id: str) -> bytes:
        """A JSON array of the events that show a turn from what is stored."""
        return await self._send("GET", f"/turns/{segment(turn_id)}/replay", params={"owner": owner})
